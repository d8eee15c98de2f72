# The platform's own code, run as it is. The build's context is the source tree.
FROM node:22-bookworm-slim
WORKDIR /app
COPY . .
RUN npm install --no-save --omit=dev --no-audit --no-fund
# what a process remembers of its own: a volume takes the owner of the folder that it lies over
RUN install -d -o node -g node /var/lib/cdlc
USER node
