// A manager's own phone: its credential in IndexedDB, for page and service worker alike, and its requests to the server.
"use strict";
self.ownPhone = (() => {
  const open = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open("own-phone", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("kept");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const run = async (mode, work) => {
    const db = await open();
    try {
      return await new Promise((resolve, reject) => {
        const request = work(db.transaction("kept", mode).objectStore("kept"));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    } finally {
      db.close();
    }
  };
  const read = () => run("readonly", (kept) => kept.get("credential"));
  return {
    read,
    keep: (value) => run("readwrite", (kept) => kept.put(value, "credential")),
    forget: () => run("readwrite", (kept) => kept.delete("credential")),
    ask: async (method, path, body) => {
      const credential = await read();
      const headers = credential ? { Authorization: `Bearer ${credential}` } : {};
      if (body) headers["Content-Type"] = "application/json";
      return fetch(`/v1/own-phones${path}`, { method, headers, body: body && JSON.stringify(body), keepalive: true });
    },
  };
})();
