/** What every request says of us: who we are, and that bodies are wanted as they are. */
export const ownHeaders: Readonly<Record<string, string>> = {
  "user-agent": "gantry",
  "accept-encoding": "identity",
};
