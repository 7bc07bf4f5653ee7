#!/usr/bin/env bash
# Makes what compose.yaml reads from deploy/secrets: an authority and a certificate for the broker, passwords, tokens.
#   deploy/make-secrets.sh [NAME ...]    NAME: under which devices reach the broker, host names and addresses (default: this machine's)
# What is there stays: remove a file to have a new one; of mqtt_*_password also its line in mqtt_passwords, which has the hash. Nothing of it belongs into version control (.gitignore).
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)
folder=${LOUVER_SECRETS:-$here/secrets}
# The folder is what keeps others out. Its files can be read by all, because each container has another user and sees only the files that it is given.
mkdir -p "$folder"
chmod 700 "$folder"
folder=$(cd "$folder" && pwd)
export LOUVER_SECRETS=$folder
cd "$folder"

names=("$@")
[ $# -gt 0 ] || names=("$(hostname)")
for name in "${names[@]}"; do
  if ! [[ $name =~ ^[A-Za-z0-9.:-]{1,253}$ ]]; then
    echo "${0##*/}: found $name, expected a host name or an address" >&2
    exit 2
  fi
done

random() { [ -e "$1" ] || openssl rand -hex 24 >"$1"; }

if ! [ -e mqtt_ca ] || ! [ -e authority.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=Louver authority' \
    -addext 'basicConstraints=critical,CA:true' -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout authority.key -out mqtt_ca 2>/dev/null
  rm -f mqtt_server_certificate mqtt_server_key
fi
if ! [ -e mqtt_server_certificate ] || ! [ -e mqtt_server_key ]; then
  # mosquitto: as the other containers call it; localhost: the health check.
  alternatives=DNS:mosquitto,DNS:localhost
  for name in "${names[@]}"; do
    if [[ $name =~ ^[0-9.]+$ || $name == *:* ]]; then alternatives+=,IP:$name; else alternatives+=,DNS:$name; fi
  done
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=${names[0]:0:64}" -keyout mqtt_server_key -out request.tmp 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:false\n' "$alternatives" >extensions.tmp
  openssl x509 -req -in request.tmp -CA mqtt_ca -CAkey authority.key -set_serial "0x$(openssl rand -hex 16)" -days 825 \
    -extfile extensions.tmp -out mqtt_server_certificate 2>/dev/null
  rm -f request.tmp extensions.tmp
fi

# Users of the broker, each password beside its hash.
[ -e mqtt_passwords ] || : >mqtt_passwords
for user in ingest inference health; do
  login=louver-$user
  [ "$user" != health ] || login=health
  random "mqtt_${user}_password"
  grep -q "^$login:" mqtt_passwords || "$here/mqtt-user.sh" "$login" --password-stdin <"mqtt_${user}_password"
done

for name in clickhouse_password clickhouse_reader_password api_token metrics_token grafana_admin_password; do random "$name"; done

sha256() { tr -d '\n' <"$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }
[ ! -e clickhouse_users.xml ] || chmod u+w clickhouse_users.xml
cat >clickhouse_users.xml <<XML
<!-- Made by deploy/make-secrets.sh. The user without a password that the image has is gone. -->
<clickhouse>
    <users>
        <default remove="remove"/>
        <louver>
            <password_sha256_hex>$(sha256 clickhouse_password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
            <grants>
                <query>GRANT ALL ON iot.*</query>
                <query>GRANT TABLE ENGINE ON *</query>
                <query>GRANT SELECT ON system.*</query>
            </grants>
        </louver>
        <reader>
            <password_sha256_hex>$(sha256 clickhouse_reader_password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>reader</profile>
            <quota>default</quota>
            <grants>
                <query>GRANT SELECT ON iot.*</query>
                <query>GRANT SELECT ON system.tables</query>
                <query>GRANT SELECT ON system.columns</query>
                <query>GRANT SELECT ON system.databases</query>
            </grants>
        </reader>
    </users>
    <profiles>
        <!-- 2: reads only, and may say how an answer looks, as the data source of Grafana does. -->
        <reader>
            <readonly>2</readonly>
            <max_execution_time>30</max_execution_time>
            <max_memory_usage>1000000000</max_memory_usage>
            <constraints>
                <!-- The data source of Grafana asks for as long as it waits itself. -->
                <max_execution_time><min>1</min><max>120</max></max_execution_time>
                <max_memory_usage><readonly/></max_memory_usage>
            </constraints>
        </reader>
    </profiles>
</clickhouse>
XML

chmod 444 ./*
chmod 400 authority.key
echo "secrets are in $folder; devices trust $folder/mqtt_ca"
