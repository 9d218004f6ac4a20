// Loaded into a server before its own code: each SIGUSR2 is an error that nothing handles, an exception and a rejection in turn.
const failures = [throwLater, rejectLater];
process.on("SIGUSR2", () => {
  const fail = failures.shift();
  if (!fail) return;
  failures.push(fail);
  fail();
});

function throwLater(): void {
  setTimeout(() => {
    throw new Error("planted");
  });
}

function rejectLater(): void {
  void Promise.reject(new Error("planted"));
}
