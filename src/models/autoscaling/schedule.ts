/** A daily or weekly time at which at least so many replicas must run. Minutes count from midnight UTC. */
export interface ScheduledFloor {
  fromMinute: number;
  toMinute: number;
  replicas: number;
}

/** The floor that holds at a minute of the day; 0 when none does. An entry may cross midnight. */
export function floorAt(schedule: readonly ScheduledFloor[], minuteOfDay: number): number {
  return schedule.reduce((floor, s) => {
    const inside =
      s.fromMinute <= s.toMinute
        ? minuteOfDay >= s.fromMinute && minuteOfDay < s.toMinute
        : minuteOfDay >= s.fromMinute || minuteOfDay < s.toMinute;
    return inside ? Math.max(floor, s.replicas) : floor;
  }, 0);
}

/**
 * A daily schedule learned from past days: for each slot of the day the `quantile` of what that slot needed on the
 * days given, taken over the slot and the one after it, so that replicas stand before they are wanted.
 * `neededPerMinute` holds whole days.
 */
export function scheduleFromHistory(
  neededPerMinute: readonly number[],
  slotMinutes: number,
  quantile: number,
): ScheduledFloor[] {
  const days = Math.floor(neededPerMinute.length / DAY);
  const slots = Math.ceil(DAY / slotMinutes);
  const bySlot = Array.from({ length: slots }, (_, slot) => {
    const peaks: number[] = [];
    for (let day = 0; day < days; day++) {
      let peak = 0;
      for (let m = slot * slotMinutes; m < Math.min(DAY, (slot + 1) * slotMinutes); m++)
        peak = Math.max(peak, neededPerMinute[day * DAY + m] ?? 0);
      peaks.push(peak);
    }
    peaks.sort((a, b) => a - b);
    return peaks[Math.min(peaks.length - 1, Math.floor(quantile * peaks.length))] ?? 0;
  });
  return bySlot.map((own, slot) => ({
    fromMinute: slot * slotMinutes,
    toMinute: Math.min(DAY, (slot + 1) * slotMinutes),
    replicas: Math.max(own, bySlot[(slot + 1) % slots] ?? 0),
  }));
}

const DAY = 1440;
