// Replaced by the real thing (valibot, whole-config validation). The shape is what main and compose rely on.

/** Everything a server can be told, validated. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly port: number; readonly source: "files"; readonly cert: string; readonly key: string } | { readonly port: number; readonly source: "self-signed" } | undefined;
  readonly dataDir: string;
  readonly natsUrl: string | undefined;
  readonly natsCreds: string | undefined;
  readonly demoUsers: boolean;
  readonly production: boolean;
}
