// Pairs this phone with an account: asks for messages to be allowed, subscribes, hands the code in.
(() => {
  const root = document.getElementById("own-phone");
  const form = root.querySelector("form");
  const field = form.elements.code;
  const possible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const only = (name, value) => {
    for (const part of root.querySelectorAll(`[data-${name}]`)) part.hidden = part.dataset[name] !== value;
  };
  const raw = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

  const stand = async () => {
    if (!possible) return only("view", "impossible");
    const answer = (await self.ownPhone.read()) ? await self.ownPhone.ask("GET", "/me") : null;
    if (answer && answer.status === 401) await self.ownPhone.forget();
    if (!answer || !answer.ok) return only("view", "asking");
    root.querySelector("[data-account]").textContent = (await answer.json()).account;
    only("view", "paired");
  };

  const subscribe = async () => {
    await navigator.serviceWorker.register("/console/phone/sw.js", { scope: "/console/phone/" });
    const worker = await navigator.serviceWorker.ready;
    const before = await worker.pushManager.getSubscription();
    if (before) await before.unsubscribe();
    const { vapid_public_key: key } = await (await self.ownPhone.ask("GET", "/key")).json();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: raw(key) });
  };

  const pair = async () => {
    // Asked first, while the tap still counts as a person's own.
    if ((await Notification.requestPermission()) !== "granted") return "denied";
    const { endpoint, keys } = (await subscribe()).toJSON();
    await self.ownPhone.forget();
    const answer = await self.ownPhone.ask("POST", "", { code: field.value.trim(), address: { endpoint, keys } });
    if (!answer.ok) return answer.status === 404 ? "code" : "failed";
    await self.ownPhone.keep((await answer.json()).credential);
    return "";
  };

  const remove = async () => {
    const answer = await self.ownPhone.ask("DELETE", "/me");
    if (!answer.ok && answer.status !== 401) return "failed";
    await self.ownPhone.forget();
    const worker = await navigator.serviceWorker.getRegistration("/console/phone/");
    const subscription = worker && (await worker.pushManager.getSubscription());
    if (subscription) await subscription.unsubscribe();
    return "removed";
  };

  const attempt = async (work) => {
    only("said", "");
    const said = await work().catch((fault) => (console.warn(fault.message), fault.name === "NotAllowedError" ? "denied" : "failed"));
    await stand();
    only("said", said);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(pair);
  });
  root.querySelector("[data-remove]").addEventListener("click", () => attempt(remove));
  field.value = decodeURIComponent(location.hash.slice(1));
  stand().catch(() => only("said", "failed"));
})();
