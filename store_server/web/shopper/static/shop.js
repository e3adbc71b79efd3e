// The page: which part is shown, what the shopper chooses, and the few things they can ask for.
"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const words = settings.words;
  const find = (id) => document.getElementById(id);
  const PURPOSES = ["proximity", "push", "personalisation", "analytics"];
  const VIEWS = ["inbox", "help", "choices", "data"];
  const STREAM_AGAIN_MS = 3_000;
  let me = null;
  let following = null;

  const note = (text) => {
    find("note").textContent = text;
    find("note").hidden = !text;
  };
  const attempt = (work) => async (event) => {
    event?.preventDefault?.();
    try {
      await work(event);
    } catch (fault) {
      if (fault.status === 401) return goneHere();
      note(fault instanceof TypeError ? words["No connection. What you see may be old."] : words["That did not work. Please try again."]);
      console.error(fault);
    }
  };

  function show() {
    const wanted = location.hash.slice(1);
    const view = me ? (VIEWS.includes(wanted) ? wanted : "inbox") : "choices";
    document.body.dataset.view = view;
    for (const one of VIEWS) find(one).hidden = one !== view;
    find("welcome").hidden = Boolean(me);
    find("tabs").hidden = !me;
    for (const tab of find("tabs").children) {
      if (tab.hash === `#${view}`) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    if (me && view === "data") drawData();
  }

  async function load() {
    me = (await self.credential.read()) ? await (await self.talk("GET", "/v1/me")).json() : null;
    for (const purpose of PURPOSES) find(purpose).checked = Boolean(me?.consent[purpose]);
    drawQuiet(me?.not_today_until);
    show();
    if (!me) return;
    await self.inbox.read(words);
    if (!following) follow();
  }

  async function follow() {
    following = new AbortController();
    while (!following.signal.aborted) {
      await self.inbox.follow(() => self.inbox.read(words), following.signal).catch((fault) => fault.status === 401 && goneHere());
      await new Promise((resolve) => setTimeout(resolve, STREAM_AGAIN_MS));
    }
  }

  async function save() {
    note(words["Saving…"]);
    const wish = Object.fromEntries(PURPOSES.map((purpose) => [purpose, find(purpose).checked]));
    const possible = self.push.possible(settings.vapid_public_key);
    const address = wish.push && possible ? await self.push.subscribe(settings.vapid_public_key) : null;
    if (!me && PURPOSES.some((purpose) => wish[purpose])) await install();
    if (!(await self.credential.read())) return note(words["Nothing is kept."]);
    await self.talk("PUT", "/v1/consents", address ? { ...wish, push_address: address } : wish);
    if (!wish.push) await self.push.unsubscribe();
    const first = !me;
    await load();
    if (first) location.hash = "#inbox";
    note(wish.push && !address ? words["Saved. Your browser does not allow messages, so you will find everything here."] : words["Saved."]);
    await checkIn();
  }

  async function install() {
    const answer = await self.talk("POST", "/v1/installs", { platform: "web", locale: settings.language });
    await self.credential.keep((await answer.json()).credential);
  }

  async function goneHere() {
    following?.abort();
    following = null;
    await self.credential.forget();
    await self.push.unsubscribe();
    self.inbox.forget();
    me = null;
    location.hash = "";
    await load();
  }

  // A zone's QR code opens this page with ?store=…&zone=…
  async function checkIn() {
    const asked = new URLSearchParams(location.search);
    const [store, zone] = [asked.get("store"), asked.get("zone")];
    if (!store || !zone) return;
    if (!me?.consent.proximity) return note(words["To check in here, first allow “Notice which zone I am in”."]);
    history.replaceState(null, "", `/shop/${location.hash}`);
    const answer = await self.talk("POST", "/v1/check-ins", { store, zone }).catch((fault) => (fault.status === 404 ? null : Promise.reject(fault)));
    if (!answer) return note(words["This code is of no zone that we know."]);
    note(words["Noted: you are at %(zone)s."].replace("%(zone)s", (await answer.json()).zone_name));
  }

  async function notToday() {
    const answer = await (await self.talk("POST", "/v1/receipts", { kind: "not-today" })).json();
    drawQuiet(answer.not_today_until);
  }

  function drawQuiet(until) {
    find("quiet").hidden = !until;
    find("quiet").querySelector("span").textContent = words["Quiet until midnight. You will find everything here."];
    find("not-today").hidden = find("not-today-what").hidden = Boolean(until);
  }

  async function helpNow() {
    await self.talk("POST", "/v1/help", { kind: "now", store: find("store").value });
    note(words["A colleague has been called."]);
  }

  async function callBack(event) {
    const phone = find("phone").value.trim();
    const valid = /^\+?[0-9 ()/-]{5,24}$/.test(phone);
    find("phone").setAttribute("aria-invalid", String(!valid));
    find("phone-fault").textContent = valid ? "" : words["Please give a number we can call."];
    if (!valid) return find("phone").focus();
    await self.talk("POST", "/v1/help", { kind: "call-back", store: find("store").value, phone });
    event.target.reset();
    event.target.closest("details").open = false;
    note(words["We call you back."]);
  }

  function drawData() {
    const said = { proximity: "my zone", push: "messages", personalisation: "my own choice of messages", analytics: "counting me in figures" };
    const allowed = PURPOSES.filter((purpose) => me.consent[purpose]).map((purpose) => words[said[purpose]]);
    const rows = [
      [words["Pseudonym"], me.shopper],
      [words["Allowed"], allowed.join(", ") || words["Nothing"]],
      [words["Language"], me.locale && new Intl.DisplayNames(settings.language, { type: "language" }).of(me.locale.replace("_", "-"))],
      [words["Level"], me.tier],
      [words["Interests"], me.tags.join(", ")],
      ...me.installs.map((one) => [one.this_one ? words["This browser"] : words["App"], words[one.push ? "with messages" : "without messages"]]),
    ];
    const cells = rows.filter(([, value]) => value).flatMap(([name, value]) => [cell("dt", name), cell("dd", value)]);
    find("kept").replaceChildren(...cells);
  }
  const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  async function takeAlong() {
    const file = await (await self.talk("GET", "/v1/me/export")).blob();
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "my-data.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async function erase() {
    find("sure").showModal();
    await new Promise((resolve) => find("sure").addEventListener("close", resolve, { once: true }));
    if (find("sure").returnValue !== "yes") return;
    await self.talk("DELETE", "/v1/me");
    await goneHere();
    note(words["Everything is erased."]);
  }

  find("consents").addEventListener("submit", attempt(save));
  find("not-today").addEventListener("click", attempt(notToday));
  find("help-now").addEventListener("click", attempt(helpNow));
  find("call-back").addEventListener("submit", attempt(callBack));
  find("export").addEventListener("click", attempt(takeAlong));
  find("erase").addEventListener("click", attempt(erase));
  addEventListener("hashchange", () => (note(""), show(), find("main").focus({ preventScroll: true }), scrollTo(0, 0)));
  addEventListener("online", attempt(load));
  navigator.serviceWorker?.addEventListener("message", attempt(() => self.inbox.read(words)));
  if ("serviceWorker" in navigator) self.push.ready().catch((fault) => console.warn(`no service worker: ${fault.message}`));
  attempt(async () => {
    await load();
    await checkIn();
  })();
})();
