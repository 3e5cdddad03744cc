#!/bin/sh
# Installs the clients of `npm run test:clients` on Debian: python-gitlab with its command line, the Ruby client, git with LFS,
# pip, curl, skopeo, and gitbeaker's command line beside this script, apart from the program's own packages.
set -eu
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  python3-gitlab gitlab-cli ruby-gitlab git git-lfs python3-pip curl skopeo iproute2 util-linux
npm ci --prefix "$(dirname "$0")/tools" --ignore-scripts --no-audit --no-fund
