interface Turn {
  settled: boolean;
  readonly proceed: () => void;
}

/** Lets one client's messages proceed in the order in which they came: PUBACKs go out in receive order [MQTT-4.6.0-2]. */
export interface AckOrder {
  /** Takes the next place. `proceed` runs when the returned function has been called and all places before have proceeded. */
  enter(proceed: () => void): () => void;
  /** Whether nobody waits. */
  readonly idle: boolean;
}

export function ackOrder(): AckOrder {
  let turns: Turn[] = [];
  let head = 0;
  return {
    get idle() {
      return head === turns.length;
    },
    enter(proceed) {
      const turn: Turn = { settled: false, proceed };
      turns.push(turn);
      return () => {
        turn.settled = true;
        while (head < turns.length && turns[head]!.settled) turns[head++]!.proceed();
        if (head === turns.length) {
          turns = [];
          head = 0;
        } else if (head >= 1024) {
          turns = turns.slice(head);
          head = 0;
        }
      };
    },
  };
}
