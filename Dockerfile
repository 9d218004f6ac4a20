# One image that runs a chat server with its web app:
#
#   docker build -t chat .
#   docker run -p 7000:7000 -v chat-data:/data chat
#
# Alone it keeps everything under /data (the embedded engine). With NATS_URL it is one of many servers: see docker-compose.yaml.
# The base image brings Node.js. The npm package `node`, which pins it for development, would bring its own by an install script: none are run here.

FROM node:26-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY proto/package.json proto/
COPY server/package.json server/
COPY client/package.json client/
COPY web/package.json web/

# The web app. Only its result goes into the image.
FROM manifests AS web
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY scripts scripts
COPY proto/*.ts proto/
COPY proto/gen proto/gen
COPY client/src client/src
COPY web web
RUN npm run build

# What the server needs at run time. TypeScript is run as it is: there is nothing to build.
FROM manifests AS server
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund -w proto -w server \
  && rm -rf client web
COPY proto/*.ts proto/
COPY proto/gen proto/gen
COPY server/src server/src
COPY --from=web /app/web/dist web/dist

FROM node:26-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=7000 \
    TLS_PORT=7001 \
    DATA_DIR=/data \
    DEMO_USERS=0
# A new volume takes its owner from here.
RUN install -d -m 0700 -o node -g node /data
WORKDIR /app
COPY --from=server /app ./
USER node
VOLUME /data
# HTTP/1.1 and cleartext HTTP/2; the same with TLS, where TLS_CERT and TLS_KEY are set.
EXPOSE 7000 7001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`, { signal: AbortSignal.timeout(3000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/src/main.ts"]
