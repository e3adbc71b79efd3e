// Beacon $id: $place.
// Rendered by aislecue firmware render. Do not edit: change the plan and render again.
// The bytes after Apple's company id: type, proximity UUID, major, minor, measured power.
const FRAME = [$frame];
const INTERVAL_MS = $interval_ms;
const BATTERY_EVERY_MS = 3600000;
const FLASHABLE_MS = 300000;

function advertise(connectable) {
  NRF.setAdvertising({}, {
    manufacturer: 0x004c,
    manufacturerData: FRAME,
    interval: INTERVAL_MS,
    showName: false,
    discoverable: true,
    connectable: connectable,
    scannable: true
  });
  tellBattery();
}

// The battery service's data in the scan response: the frame itself has no room for it.
function tellBattery() {
  const percent = Math.max(0, Math.min(100, Math.round(E.getBattery())));
  NRF.setScanResponse([0x04, 0x16, 0x0f, 0x18, percent]);
}

// Connectable only after its button was pressed: otherwise anyone in the shop could flash it.
let closing;
function openForFlashing() {
  if (closing) clearTimeout(closing);
  closing = setTimeout(function () { closing = undefined; advertise(false); }, FLASHABLE_MS);
  advertise(true);
}

NRF.setTxPower($tx_power_dbm);
setWatch(openForFlashing, BTN, {edge: "rising", debounce: 50, repeat: true});
setInterval(tellBattery, BATTERY_EVERY_MS);
advertise(false);
