/**
 * Marks the CD that a machine first started with. It is the machine's own: a copy does not take it over, and it may go with the machine. A
 * definition keeps aliases that begin with `ua-` (formatdomain.html, "User-defined aliases").
 */
export const SEED_ALIAS = 'ua-novacron-seed'
