import { brokenClientLinks, brokenServerLinks } from "./broken-link.ts";
import { clockJump } from "./clock-jump.ts";
import { flipBit, truncateBlock } from "./damaged-block.ts";
import type { Fault } from "./fault.ts";
import { fullDisk } from "./full-disk.ts";
import { killClients } from "./kill-clients.ts";
import { killLeader } from "./kill-leader.ts";
import { killNode } from "./kill-node.ts";
import { killServer } from "./kill-server.ts";
import { killTwoNodes } from "./kill-two-nodes.ts";
import { lameDuck } from "./lame-duck.ts";
import { pauseNode } from "./pause-node.ts";
import { pauseServer } from "./pause-server.ts";
import { reconnectingHerd } from "./reconnecting-herd.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { slowReader } from "./slow-reader.ts";

/** Every kind of fault there is. */
export const FAULTS: readonly Fault[] = [
  killServer,
  pauseServer,
  rollingRestart,
  clockJump,
  killNode,
  killLeader,
  killTwoNodes,
  pauseNode,
  lameDuck,
  fullDisk,
  flipBit,
  truncateBlock,
  ...brokenServerLinks,
  ...brokenClientLinks,
  killClients,
  slowReader,
  reconnectingHerd,
];
