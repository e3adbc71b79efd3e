// Runs Espruino files against a strict stub of the calls they may make (espruino.com/Reference#NRF); prints what each did.
"use strict";
const fs = require("fs");
const vm = require("vm");

const KINDS = {
  manufacturer: "number", manufacturerData: "object", interval: "number", showName: "boolean",
  discoverable: "boolean", connectable: "boolean", scannable: "boolean",
};
const POWERS = [-40, -20, -16, -12, -8, -4, 0, 4];

function refuse(why) { throw new Error(why); }
function bytes(list) {
  if (!Array.isArray(list) || !list.every((b) => Number.isInteger(b) && b >= 0 && b <= 255)) refuse("bytes expected");
  return list;
}
function strict(name, calls) {
  return new Proxy(calls, { get: (t, key) => key in t ? t[key] : refuse(`${name}.${String(key)} is not in the stub`) });
}

function run(file) {
  const done = { advertised: [], scanResponse: null, power: null, watched: 0, every: [] };
  let pressed = null;

  const NRF = strict("NRF", {
    setTxPower(dbm) { if (!POWERS.includes(dbm)) refuse(`power ${dbm}`); done.power = dbm; },
    setAdvertising(data, options) {
      if (Object.keys(data).length) refuse("no service data expected");
      for (const [key, value] of Object.entries(options)) {
        if (typeof value !== KINDS[key]) refuse(`option ${key}`);
      }
      if (options.interval < 20 || options.interval > 10000) refuse(`interval ${options.interval}`);
      // Flags take 3 bytes, the manufacturer's data 4 more than its length; an advertisement has 31.
      if (bytes(options.manufacturerData).length + 7 > 31) refuse("too long");
      done.advertised.push(options);
    },
    setScanResponse(list) { if (bytes(list).length > 31) refuse("too long"); done.scanResponse = list; },
  });
  const sandbox = {
    NRF, E: strict("E", { getBattery: () => 87.4 }), BTN: {}, Math,
    setWatch(call, pin, options) {
      if (pin !== sandbox.BTN || options.edge !== "rising" || !options.repeat) refuse("watch");
      done.watched += 1; pressed = call;
    },
    setInterval(call, ms) { done.every.push(ms); call(); return 1; },
    setTimeout(call) { sandbox.later = call; return 2; },
    clearTimeout() {},
  };
  vm.runInNewContext(fs.readFileSync(file, "utf8"), sandbox, { timeout: 5000 });
  pressed();
  sandbox.later();
  return done;
}

for (const file of process.argv.slice(2)) {
  process.stdout.write(JSON.stringify(run(file)) + "\n");
}
