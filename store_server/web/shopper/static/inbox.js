// The inbox: read with its ETag, drawn message by message, kept fresh by the event stream.
"use strict";
self.inbox = (() => {
  const list = document.getElementById("messages");
  const template = document.getElementById("message");
  const shown = new Map();
  let validator = "";

  const read = async (words) => {
    const answer = await self.talk("GET", "/v1/inbox", undefined, { headers: validator ? { "If-None-Match": validator } : {} });
    if (answer.status === 304) return;
    validator = answer.headers.get("ETag");
    draw((await answer.json()).messages, words);
  };

  function draw(messages, words) {
    const fresh = messages.map((one) => {
      const item = shown.get(one.id) || make(one, words);
      shown.set(one.id, item);
      item.classList.toggle("unread", one.state === "accepted" || one.state === "displayed");
      item.hidden = one.state === "dismissed";
      return item;
    });
    list.replaceChildren(...fresh);
    document.getElementById("empty").hidden = fresh.some((item) => !item.hidden);
    const unread = fresh.filter((item) => !item.hidden && item.classList.contains("unread")).length;
    const badge = document.getElementById("unread");
    badge.hidden = unread === 0;
    badge.textContent = unread;
    for (const one of messages) if (one.state === "accepted" && !document.hidden) self.receipt("displayed", one.id).catch(() => {});
  }

  function make(one, words) {
    const item = template.content.firstElementChild.cloneNode(true);
    item.dataset.id = one.id;
    item.querySelector("time").dateTime = one.at;
    item.querySelector("time").textContent = when(one.at, words);
    item.querySelector("h2").textContent = one.title || one.body;
    item.querySelector(".body").textContent = one.title ? one.body : "";
    const link = item.querySelector("a");
    link.hidden = !/^https?:/.test(one.link || "");
    link.textContent = words["Look"];
    if (!link.hidden) link.href = one.link;
    link.addEventListener("click", () => self.receipt("opened", one.id));
    const away = item.querySelector(".away");
    away.textContent = words["Put away"];
    away.addEventListener("click", () => putAway(one.id, words));
    item.querySelector("summary").textContent = words["Why am I seeing this?"];
    item.querySelector("details").addEventListener("toggle", (event) => event.target.open && explain(one.id, item));
    return item;
  }

  async function putAway(id, words) {
    await self.receipt("dismissed", id);
    await read(words);
    document.getElementById("inbox-title").focus();
  }

  async function explain(id, item) {
    const why = await (await self.talk("GET", `/v1/me/why/${encodeURIComponent(id)}`)).json();
    const reasons = item.querySelector(".reasons");
    reasons.dataset.campaign = why.campaign.id;
    reasons.replaceChildren(...why.because.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    await self.receipt("opened", id);
  }

  function when(at, words) {
    const then = new Date(at);
    if (Date.now() - then < 60_000) return words["Just now"];
    const today = then.toDateString() === new Date().toDateString();
    const form = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    return new Intl.DateTimeFormat(document.documentElement.lang, form).format(then);
  }

  // EventSource cannot carry the credential, so the stream is read by hand; every event means: read again.
  async function follow(onEvent, signal) {
    const answer = await self.talk("GET", "/v1/stream", undefined, { signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const one of events) if (one.includes("event: inbox")) await onEvent();
    }
  }

  const forget = () => {
    shown.clear();
    validator = "";
    list.replaceChildren();
  };
  return { read, follow, forget };
})();
