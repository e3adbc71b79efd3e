// Requests to the store server under this install's credential. A refusal is an Error that carries its status.
"use strict";
self.talk = async (method, path, body, more = {}) => {
  const headers = { ...more.headers };
  const credential = await self.credential.read();
  if (credential) headers.Authorization = `Bearer ${credential}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { ...more, method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail || answer.statusText), { status: answer.status });
};
self.receipt = (kind, message) => self.talk("POST", "/v1/receipts", { kind, message, at: new Date().toISOString() }, { keepalive: true });
