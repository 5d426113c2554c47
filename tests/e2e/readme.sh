#!/bin/sh
# readme.sh - runs every graphaudit command that the README shows, as it stands there.
. "$(dirname "$0")/documented.sh"
documented_start || finish
documented_files "$top/README.md"
export AZURE_CLIENT_ID="$client_id" AZURE_CLIENT_CERTIFICATE_PATH=client.pem

documented_lines "$top/README.md" | grep '^graphaudit ' >commands
yes "the README shows commands" [ "$(wc -l <commands)" -ge 8 ]
while read -r line <&3; do
    documented_run README "$line"
done 3<commands
finish
