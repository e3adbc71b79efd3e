#!/bin/sh
# Make this Linux machine one of the beacons beside this file: sh install.sh BEACON, as root. Rendered, do not edit.
set -eu
cd "$$(dirname "$$0")"
[ -f "$$1.json" ] || { echo "a beacon beside this file expected, got $$1" >&2; exit 2; }

[ -x /opt/aislecue/bin/python ] || python3 -m venv /opt/aislecue
/opt/aislecue/bin/python -c "import dbus_fast" 2>/dev/null || /opt/aislecue/bin/pip install --quiet "dbus-fast>=4"

install -D -m 644 "$$1.json" /etc/aislecue/aislecue-beacon.json
install -m 644 advertise.py /etc/aislecue/
install -m 644 aislecue-beacon.service /etc/systemd/system/
install -D -m 644 bluetooth.conf /etc/systemd/system/bluetooth.service.d/aislecue.conf
systemctl daemon-reload
systemctl restart bluetooth.service
systemctl enable --now aislecue-beacon.service
