/** Something that others wait for. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Several who go on together. */
export interface Rounds {
  /** Resolves when all who have not left have arrived. */
  arrive(): Promise<void>;
  leave(): void;
}

export function createRounds(count: number): Rounds {
  let left = count;
  let waiting: Gate[] = [];
  const goOn = () => {
    if (waiting.length < left) return;
    for (const gate of waiting) gate.open();
    waiting = [];
  };
  return {
    arrive: () => {
      const gate = createGate();
      waiting.push(gate);
      goOn();
      return gate.opened;
    },
    leave: () => {
      left--;
      goOn();
    },
  };
}
