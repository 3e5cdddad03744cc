#!/bin/sh
# Installs the clients of `npm run test:clients` on Debian: python-gitlab with its command line, the Ruby client, git, pip, curl.
set -eu
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  python3-gitlab gitlab-cli ruby-gitlab git python3-pip curl iproute2 util-linux
