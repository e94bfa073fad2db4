/** An agent as a step of a plan. */
export interface Option {
  readonly agentId: string;
  /** expected share of tasks it solves as the first */
  readonly first: number;
  /** the same after others failed: lower, for what they could not do is harder */
  readonly later: number;
  /** US dollars a task */
  readonly cost: number;
}

/** How the check errs. Both are rates of its own: of wrong results it lets pass, of right ones it turns down. */
export interface Checker {
  readonly falseAccept: number;
  readonly falseReject: number;
}

/** What is wanted. US dollars. */
export interface Worth {
  readonly solved: number;
  /** what it costs to let a wrong result pass */
  readonly wrong: number;
  /** no plan may be expected to cost more; null: no cap */
  readonly cap: number | null;
}

/** Agents one after another, each only after the check of the one before failed, with what is to be expected of it. */
export interface Plan {
  readonly agentIds: readonly string[];
  readonly solved: number;
  /** wrong results that the check lets pass */
  readonly wrong: number;
  readonly attempts: number;
  readonly cost: number;
  readonly value: number;
}

/** What is to be expected of agents in this order. */
export function expectedOf(
  options: readonly Option[],
  checker: Checker,
  worth: Worth,
  isFirst: boolean,
): Plan {
  let [reached, solved, wrong, attempts, cost] = [1, 0, 0, 0, 0];
  options.forEach((option, at) => {
    const rate = at === 0 && isFirst ? option.first : option.later;
    attempts += reached;
    cost += reached * option.cost;
    const right = rate * (1 - checker.falseReject);
    const passed = (1 - rate) * checker.falseAccept;
    solved += reached * right;
    wrong += reached * passed;
    reached *= 1 - right - passed;
  });
  const value = worth.solved * solved - worth.wrong * wrong - cost;
  return { agentIds: options.map(({ agentId }) => agentId), solved, wrong, attempts, cost, value };
}

/**
 * The best plan of at most `most` attempts: all pairs are compared, longer plans grow from the best one by whoever adds most, and a plan
 * that another attempt does not improve stays short. A cap that nothing keeps is broken by the cheapest alone.
 */
export function planCascade(
  options: readonly Option[],
  { most, checker, worth, isFirst }: { most: number; checker: Checker; worth: Worth; isFirst: boolean },
): Plan {
  const plan = (chosen: readonly Option[]): Plan => expectedOf(chosen, checker, worth, isFirst);
  const fits = ({ cost }: Plan): boolean => worth.cap === null || cost <= worth.cap;
  let best: { chosen: readonly Option[]; plan: Plan } | undefined;
  const consider = (chosen: readonly Option[]): void => {
    const made = plan(chosen);
    if (fits(made) && (best === undefined || made.value > best.plan.value)) best = { chosen, plan: made };
  };
  for (const one of options) {
    consider([one]);
    if (most > 1) for (const two of options) if (two !== one) consider([one, two]);
  }
  for (let length = 3; length <= most; length += 1) {
    const before: readonly Option[] = best?.chosen ?? [];
    if (before.length !== length - 1) break;
    for (const next of options) if (!before.includes(next)) consider([...before, next]);
  }
  if (best !== undefined) return best.plan;
  const cheapest = options.reduce((least, one) => (one.cost < least.cost ? one : least));
  return plan([cheapest]);
}

/**
 * A hedged race: several agents at once, the first accepted result wins, all are paid. Agents are added while the value rises and
 * the cost stays under the cap; one agent alone is no race.
 */
export function planRace(
  options: readonly Option[],
  { most, checker, worth }: { most: number; checker: Checker; worth: Worth },
): Plan {
  const race = (chosen: readonly Option[]): Plan => {
    const cost = chosen.reduce((sum, option) => sum + option.cost, 0);
    const { solved, wrong } = expectedOf(chosen, checker, worth, true);
    const value = worth.solved * solved - worth.wrong * wrong - cost;
    return {
      agentIds: chosen.map(({ agentId }) => agentId),
      solved,
      wrong,
      attempts: chosen.length,
      cost,
      value,
    };
  };
  let chosen: readonly Option[] = [];
  let best: Plan | undefined;
  for (let length = 1; length <= most; length += 1) {
    const grown = options
      .filter((option) => !chosen.includes(option))
      .map((option) => ({ next: [...chosen, option], plan: race([...chosen, option]) }))
      .filter(({ plan }) => length === 1 || worth.cap === null || plan.cost <= worth.cap)
      .sort((a, b) => b.plan.value - a.plan.value)[0];
    if (grown === undefined || (best !== undefined && grown.plan.value <= best.value)) break;
    best = grown.plan;
    chosen = grown.next;
  }
  return best ?? race(options.slice(0, 1));
}
