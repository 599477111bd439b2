/** Windows open some day, exclusions end after they begin. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a window that was once and is past",
    clusterDocument({ maintenance: { windows: [{ start: "2026-01-03T02:00" }] } }),
    [
      'maintenance.windows[0].start: "2026-01-03T02:00" is past, and the window opens only once; add a recurrence like FREQ=WEEKLY;BYDAY=SA, or remove the window',
    ],
  ],
  [
    "a recurrence on a day that never comes",
    clusterDocument({
      maintenance: {
        windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }],
      },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" never opens the window in the next 1500 days; choose days that come, and check UNTIL, COUNT and start',
    ],
  ],
  [
    "a recurrence that has ended",
    clusterDocument({
      maintenance: {
        windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=WEEKLY;UNTIL=20260201T000000Z" }],
      },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=WEEKLY;UNTIL=20260201T000000Z" never opens the window in the next 1500 days; choose days that come, and check UNTIL, COUNT and start',
    ],
  ],
  [
    "a recurrence that has been counted to its end",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=DAILY;COUNT=3" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=DAILY;COUNT=3" never opens the window in the next 1500 days; choose days that come, and check UNTIL, COUNT and start',
    ],
  ],
  [
    "a recurrence of seconds",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=SECONDLY" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=SECONDLY" does not say how often; begin with FREQ= and DAILY, WEEKLY, MONTHLY, YEARLY',
    ],
  ],
  [
    "a recurrence with its own hours",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=DAILY;BYHOUR=3" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=DAILY;BYHOUR=3" has a part BYHOUR, which FREQ=DAILY does not take; use FREQ, INTERVAL, COUNT, UNTIL, WKST',
    ],
  ],
  [
    "a part given twice",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=DAILY;FREQ=WEEKLY" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=DAILY;FREQ=WEEKLY" has the part FREQ twice; remove one of the two',
    ],
  ],
  [
    "an interval of nothing",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=DAILY;INTERVAL=0" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=DAILY;INTERVAL=0" has no proper value for INTERVAL; write INTERVAL=2, COUNT=10 or UNTIL=20271231',
    ],
  ],
  [
    "a weekday that there is not",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "FREQ=WEEKLY;BYDAY=XX" }] },
    }),
    [
      'maintenance.windows[0].recurrence: "FREQ=WEEKLY;BYDAY=XX" is not a recurrence rule; write it like FREQ=WEEKLY;BYDAY=SA (RFC 5545)',
    ],
  ],
  [
    "a recurrence that is none",
    clusterDocument({ maintenance: { windows: [{ start: "2026-01-03T02:00", recurrence: "weekly" }] } }),
    [
      'maintenance.windows[0].recurrence: "weekly" is not a recurrence rule; write it like FREQ=WEEKLY;BYDAY=SA (RFC 5545)',
    ],
  ],
  [
    "a day that the calendar does not have",
    clusterDocument({ maintenance: { windows: [{ start: "2026-02-30T02:00" }] } }),
    [
      'maintenance.windows[0].start: "2026-02-30T02:00" is not a moment that the calendar has; use a day from 2020 to 2100 and a time from 00:00 to 23:59, like 2026-01-03T02:00',
    ],
  ],
  [
    "a time zone that there is not",
    clusterDocument({
      maintenance: { windows: [{ start: "2026-01-03T02:00", timezone: "Europe/Atlantis" }] },
    }),
    [
      'maintenance.windows[0].timezone: "Europe/Atlantis" is not a time zone that is known; use a name of the IANA database, like Europe/Amsterdam or UTC',
    ],
  ],
  [
    "a window shorter than a drain",
    clusterDocument({ maintenance: { windows: [{ start: "2026-01-03T02:00", duration: "10m" }] } }),
    ['maintenance.windows[0].duration: "10m" is not between 1h and 7d; use 1h to 7d'],
  ],
  [
    "an exclusion that ends before it starts",
    clusterDocument({
      maintenance: { exclusions: [{ name: "sale", from: "2026-12-01", to: "2026-11-20" }] },
    }),
    [
      'maintenance.exclusions[0].to: "2026-11-20" is not after from (2026-12-01); use a later moment; a date means its first moment',
    ],
  ],
  [
    "an exclusion on a day that there is not",
    clusterDocument({
      maintenance: { exclusions: [{ name: "sale", from: "2026-11-31", to: "2026-12-20" }] },
    }),
    ['maintenance.exclusions[0].from: "2026-11-31" is not a day of the calendar; write it like 2026-11-20'],
  ],
  [
    "two exclusions of one name",
    clusterDocument({
      maintenance: {
        exclusions: [
          { name: "sale", from: "2026-11-20", to: "2026-12-01" },
          { name: "sale", from: "2026-12-20", to: "2026-12-27" },
        ],
      },
    }),
    [
      'maintenance.exclusions[1].name: "sale" is the name of an exclusion above; give every exclusion a name of its own',
    ],
  ],
];

describe("maintenance", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept windows that open: every Saturday, every second month, on a leap day, and once in the future", () => {
    const windows = [
      { start: "2026-01-03T02:00", timezone: "Europe/Amsterdam", recurrence: "FREQ=WEEKLY;BYDAY=SA" },
      { start: "2026-01-03T02:00", recurrence: "FREQ=MONTHLY;INTERVAL=2;BYDAY=+1SU" },
      { start: "2026-01-03T02:00", recurrence: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29" },
      { start: "2026-12-24T22:00" },
    ];
    assert.deepEqual(messagesOf(clusterDocument({ maintenance: { windows } })), []);
  });
  it("accept a window that opened an hour ago and has not closed", () => {
    const windows = [{ start: "2026-11-23T11:00", duration: "4h" }];
    assert.deepEqual(messagesOf(clusterDocument({ maintenance: { windows } })), []);
  });
  it("accept an exclusion with times and zones", () => {
    const exclusions = [
      { name: "sale", from: "2026-11-27T00:00+01:00", to: "2026-11-27T06:00Z", scope: "minor" },
    ];
    assert.deepEqual(messagesOf(clusterDocument({ maintenance: { exclusions } })), []);
  });
});
