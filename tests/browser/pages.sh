#!/bin/sh
# pages.sh GRAPHAUDIT FOLDER - the HTML report in the forms that pages.mjs looks at, of the demo tenant.
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2" || exit 1
printf 'client: Larkfield Logistics Ltd\nprepared_by: Example Security\ntitle: Mail review\n' >"$2/brand.yaml"
printf 'confidentiality: "Only for \\"named\\" readers </style>"\nlogo: logo.png\naccent: "#7a1f5c"\n' >>"$2/brand.yaml"
# One transparent pixel.
printf '%s' iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg== |
    base64 -d >"$2/logo.png"
write() { # NAME [OPTION...]
    name=$1
    shift
    "$GRAPHAUDIT" audit --demo --quiet --fail-on none --allow-incomplete --output "html=$folder/$name.html" "$@" ||
        echo "FAIL $name.html was not written"
}
GRAPHAUDIT=$1 folder=$2
write rows --rules "$here/many-rows.yaml"
write print --html-profile print
write german --language de
write brand --brand "$folder/brand.yaml"
exec node "$here/pages.mjs" "$folder"
