import { fileDesc } from "@bufbuild/protobuf/codegenv2";

/**
 * Stands in for protovalidate's descriptors in the browser's bundle: an empty file of the same name, which is all that the generated
 * code needs to resolve its import. The validation options stay on the fields as unknown, unread data.
 */
export const file_buf_validate_validate = fileDesc(
  // FileDescriptorProto { name: "buf/validate/validate.proto", package: "buf.validate", syntax: "proto3" }
  "ChtidWYvdmFsaWRhdGUvdmFsaWRhdGUucHJvdG8SDGJ1Zi52YWxpZGF0ZWIGcHJvdG8z",
);
