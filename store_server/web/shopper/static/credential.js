// This install's credential, in IndexedDB: the page and its service worker both need it (a worker has no localStorage).
"use strict";
self.credential = (() => {
  const open = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open("shop", 1);
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
  return {
    read: () => run("readonly", (kept) => kept.get("credential")),
    keep: (value) => run("readwrite", (kept) => kept.put(value, "credential")),
    forget: () => run("readwrite", (kept) => kept.delete("credential")),
  };
})();
