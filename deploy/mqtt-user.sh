#!/usr/bin/env bash
# Adds a user of the broker, or gives one a new password, and prints it: deploy/mqtt-user.sh NAME [--password-stdin]
# A device is named as its device id. Then: docker compose kill -s HUP mosquitto
set -euo pipefail
umask 077

name=${1:-}
if ! [[ $name =~ ^[A-Za-z0-9_.:-]{1,64}$ ]] || [ $# -gt 2 ] || [ "${2:---password-stdin}" != --password-stdin ]; then
  echo "usage: ${0##*/} NAME [--password-stdin], NAME of 1 to 64 of A-Z a-z 0-9 _ . : -; found: ${*:-nothing}" >&2
  exit 2
fi
# The file separates name and hash by a colon.
if [[ $name == *:* ]]; then
  echo "${0##*/}: a user of mosquitto cannot have a colon in its name, found $name: give the device another id" >&2
  exit 2
fi
folder=${LOUVER_SECRETS:-$(dirname "$0")/secrets}
file=$folder/mqtt_passwords
if ! [ -d "$folder" ]; then
  echo "${0##*/}: there is no folder $folder: run deploy/make-secrets.sh first" >&2
  exit 2
fi
if [ "${2:-}" = --password-stdin ]; then
  IFS= read -r password || [ -n "$password" ]
  if [ -z "$password" ]; then
    echo "${0##*/}: found no password on standard input" >&2
    exit 2
  fi
else
  password=$(openssl rand -hex 24)
fi

# As mosquitto_passwd writes it: $7$ is PBKDF2 with SHA-512, 101 its own number of rounds; a password of 192 random bits needs no more.
rounds=101
salt=$(openssl rand -hex 12)
hash=$(openssl kdf -keylen 64 -kdfopt digest:SHA512 -kdfopt "hexpass:$(printf %s "$password" | od -An -v -tx1 | tr -d ' \n')" \
  -kdfopt "hexsalt:$salt" -kdfopt "iter:$rounds" -binary PBKDF2 | base64 -w0)
salt64=$(printf '%b' "$(sed 's/../\\x&/g' <<<"$salt")" | base64 -w0)
others=$([ ! -e "$file" ] || awk -F : -v name="$name" '$1 != name' "$file")
[ ! -e "$file" ] || chmod u+w "$file"
# Into the same file: a container has that one mounted, whatever gets its name later.
printf '%s' "${others:+$others
}$name:\$7\$$rounds\$$salt64\$$hash
" >"$file"
chmod 444 "$file"
if [ "${2:-}" != --password-stdin ]; then echo "$password"; fi
