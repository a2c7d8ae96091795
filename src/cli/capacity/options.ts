/** Options of the subcommands of `capacity`, as the command line gives them: texts, read by each command. */

export interface CapacityFitOptions {
  slo?: string;
  at: string[];
  evidence: string[];
  store?: string;
  demands?: string;
  out?: string;
  json?: boolean;
}

export interface CapacityPlanOptions {
  evidence: string[];
  now?: string;
  slo?: string;
  costLimit?: string;
  rate?: string;
  mix?: string;
  instances?: string;
  cores?: string;
  instanceType?: string;
  prices?: string;
  hitRatio?: string;
  pool?: string;
  cpuPerRequest?: string;
  fix: string[];
  growth?: string;
  history?: string;
  season?: string;
  event?: string;
  zones: string;
  out?: string;
  json?: boolean;
}

export interface CapacityAutoscaleOptions {
  serviceTime: string;
  cores: string;
  start: string;
  slo: string;
  quantile: string;
  min: string;
  max: string;
  learn?: string;
  budget?: string;
  price?: string;
  memory?: string;
  name: string;
  out: string;
  json?: boolean;
}

export interface CapacityCostOptions {
  prices?: string;
  type?: string;
  requests?: string;
  rate?: string;
  badMinutes?: string;
  serviceTime?: string;
  costLimit?: string;
  tierShare: string;
  peakHours: string;
  engineerHour?: string;
  badMinute?: string;
  out?: string;
  json?: boolean;
}

export interface CapacityEventOptions {
  at: string;
  duration: string;
  rate?: string;
  factor?: string;
  history?: string;
  start: string;
  out: string;
  json?: boolean;
}
