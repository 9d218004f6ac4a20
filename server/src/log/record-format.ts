/** The first version of the record format there is: all releases read it. */
export const FIRST_FORMAT = 1;

/**
 * The highest version of the record format that this release reads; it reads every one below as well. A record is written in the lowest version that can
 * express its events. Rules that change what `admit` answers come only with a new version, so that servers of two releases never disagree.
 */
export const RECORD_FORMAT_VERSION = 1;
