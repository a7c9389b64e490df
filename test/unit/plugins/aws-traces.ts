/** What each of AWS's scenarios must look like, in both views: a span and how it ended, below its parent. */
type Trees = { readonly execution: string; readonly invocation: string };

/** By the row's name behind `aws:otel-`; a number is that of the row in both suites of views. */
const TREES: Readonly<Record<string, Trees>> = {
  "1": {
    execution: `
      w SUCCEEDED
        step work SUCCEEDED
          step work attempt 1 SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation SUCCEEDED
          step work SUCCEEDED
            step work attempt 1 SUCCEEDED
    `,
  },
  "2": {
    execution: `
      w SUCCEEDED
        w invocation PENDING
        wait pause SUCCEEDED
        step work SUCCEEDED
          step work attempt 1 SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          wait pause STARTED
        w invocation SUCCEEDED
          step work SUCCEEDED
            step work attempt 1 SUCCEEDED
          wait pause SUCCEEDED
    `,
  },
  "3": {
    execution: `
      w SUCCEEDED
        step flaky SUCCEEDED
          step flaky attempt 1 FAILED
          step flaky attempt 2 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          step flaky PENDING
            step flaky attempt 1 FAILED
        w invocation SUCCEEDED
          step flaky SUCCEEDED
            step flaky attempt 2 SUCCEEDED
    `,
  },
  "4": {
    execution: `
      w FAILED
        step fails FAILED
          step fails attempt 1 FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
          step fails FAILED
            step fails attempt 1 FAILED
    `,
  },
  "5": {
    execution: `
      w SUCCEEDED
        context inside SUCCEEDED
          step work SUCCEEDED
            step work attempt 1 SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation SUCCEEDED
          context inside SUCCEEDED
            step work SUCCEEDED
              step work attempt 1 SUCCEEDED
    `,
  },
  "6": {
    execution: `
      w SUCCEEDED
        context both SUCCEEDED
          context branch-0 SUCCEEDED
            step work SUCCEEDED
              step work attempt 1 SUCCEEDED
          context branch-1 SUCCEEDED
            wait pause SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          context both STARTED
            context branch-0 SUCCEEDED
              step work SUCCEEDED
                step work attempt 1 SUCCEEDED
            context branch-1 STARTED
              wait pause STARTED
        w invocation SUCCEEDED
          context both SUCCEEDED
            context branch-1 SUCCEEDED
              wait pause SUCCEEDED
    `,
  },
  "7": {
    execution: `
      w SUCCEEDED
        context items SUCCEEDED
          context item-0 SUCCEEDED
            step a SUCCEEDED
              step a attempt 1 SUCCEEDED
          context item-1 SUCCEEDED
            step b SUCCEEDED
              step b attempt 1 SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation SUCCEEDED
          context items SUCCEEDED
            context item-0 SUCCEEDED
              step a SUCCEEDED
                step a attempt 1 SUCCEEDED
            context item-1 SUCCEEDED
              step b SUCCEEDED
                step b attempt 1 SUCCEEDED
    `,
  },
  "8": {
    execution: `
      w SUCCEEDED
        step fails FAILED
          step fails attempt 1 FAILED
        step recover SUCCEEDED
          step recover attempt 1 SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation SUCCEEDED
          step fails FAILED
            step fails attempt 1 FAILED
          step recover SUCCEEDED
            step recover attempt 1 SUCCEEDED
    `,
  },
  "9": {
    execution: `
      w SUCCEEDED
        condition ready SUCCEEDED
          condition ready attempt 1 SUCCEEDED
          condition ready attempt 2 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          condition ready PENDING
            condition ready attempt 1 SUCCEEDED
        w invocation SUCCEEDED
          condition ready SUCCEEDED
            condition ready attempt 2 SUCCEEDED
    `,
  },
  "10": {
    execution: `
      w SUCCEEDED
        context answer SUCCEEDED
          callback callback SUCCEEDED
          step submitter SUCCEEDED
            step submitter attempt 1 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          context answer STARTED
            callback callback STARTED
            step submitter SUCCEEDED
              step submitter attempt 1 SUCCEEDED
        w invocation SUCCEEDED
          context answer SUCCEEDED
            callback callback SUCCEEDED
    `,
  },
  "11": {
    execution: `
      w SUCCEEDED
        child child SUCCEEDED
          child SUCCEEDED
            child invocation PENDING
            wait inside SUCCEEDED
            child invocation SUCCEEDED
            step work SUCCEEDED
              step work attempt 1 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          child child STARTED
            child SUCCEEDED
              child invocation PENDING
                wait inside STARTED
              child invocation SUCCEEDED
                step work SUCCEEDED
                  step work attempt 1 SUCCEEDED
                wait inside SUCCEEDED
        w invocation SUCCEEDED
          child child SUCCEEDED
    `,
  },
  "12": {
    execution: `
      w FAILED
        context inside FAILED
          step fails FAILED
            step fails attempt 1 FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
          context inside FAILED
            step fails FAILED
              step fails attempt 1 FAILED
    `,
  },
  "13": {
    execution: `
      w FAILED
        context both SUCCEEDED
          context branch-0 SUCCEEDED
            step work SUCCEEDED
              step work attempt 1 SUCCEEDED
          context branch-1 FAILED
            step fails FAILED
              step fails attempt 1 FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
          context both SUCCEEDED
            context branch-0 SUCCEEDED
              step work SUCCEEDED
                step work attempt 1 SUCCEEDED
            context branch-1 FAILED
              step fails FAILED
                step fails attempt 1 FAILED
    `,
  },
  "14": {
    execution: `
      w FAILED
        context items SUCCEEDED
          context item-0 FAILED
            step fails FAILED
              step fails attempt 1 FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
          context items SUCCEEDED
            context item-0 FAILED
              step fails FAILED
                step fails attempt 1 FAILED
    `,
  },
  "15": {
    execution: `
      w TIMED_OUT
        w invocation PENDING
        wait pause DROPPED
        w invocation TIMED_OUT
    `,
    invocation: `
      w TIMED_OUT
        w invocation PENDING
          wait pause STARTED
        w invocation TIMED_OUT
          wait pause DROPPED
    `,
  },
  "16": {
    execution: `
      w FAILED
        condition ready FAILED
          condition ready attempt 1 FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
          condition ready FAILED
            condition ready attempt 1 FAILED
    `,
  },
  "17": {
    execution: `
      w FAILED
        context answer FAILED
          callback callback FAILED
          step submitter SUCCEEDED
            step submitter attempt 1 SUCCEEDED
        w invocation PENDING
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation PENDING
          context answer STARTED
            callback callback STARTED
            step submitter SUCCEEDED
              step submitter attempt 1 SUCCEEDED
        w invocation FAILED
          context answer FAILED
            callback callback FAILED
    `,
  },
  "18": {
    execution: `
      w FAILED
        child child FAILED
          child FAILED
            child invocation FAILED
            step fails FAILED
              step fails attempt 1 FAILED
        w invocation PENDING
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation PENDING
          child child STARTED
            child FAILED
              child invocation FAILED
                step fails FAILED
                  step fails attempt 1 FAILED
        w invocation FAILED
          child child FAILED
    `,
  },
  "19": {
    execution: `
      w FAILED
        w invocation FAILED
    `,
    invocation: `
      w FAILED
        w invocation FAILED
    `,
  },
  "long-running-1": {
    execution: `
      w SUCCEEDED
        w invocation PENDING
        wait long SUCCEEDED
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          wait long STARTED
        w invocation SUCCEEDED
          wait long SUCCEEDED
    `,
  },
  "long-running-2": {
    execution: `
      w SUCCEEDED
        step flaky SUCCEEDED
          step flaky attempt 1 FAILED
          step flaky attempt 2 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          step flaky PENDING
            step flaky attempt 1 FAILED
        w invocation SUCCEEDED
          step flaky SUCCEEDED
            step flaky attempt 2 SUCCEEDED
    `,
  },
  "long-running-3": {
    execution: `
      w SUCCEEDED
        context answer SUCCEEDED
          callback callback SUCCEEDED
          step submitter SUCCEEDED
            step submitter attempt 1 SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          context answer STARTED
            callback callback STARTED
            step submitter SUCCEEDED
              step submitter attempt 1 SUCCEEDED
        w invocation SUCCEEDED
          context answer SUCCEEDED
            callback callback SUCCEEDED
    `,
  },
  "long-running-4": {
    execution: `
      w SUCCEEDED
        child child SUCCEEDED
          child SUCCEEDED
            child invocation PENDING
            wait inside SUCCEEDED
            child invocation SUCCEEDED
        w invocation PENDING
        w invocation SUCCEEDED
    `,
    invocation: `
      w SUCCEEDED
        w invocation PENDING
          child child STARTED
            child SUCCEEDED
              child invocation PENDING
                wait inside STARTED
              child invocation SUCCEEDED
                wait inside SUCCEEDED
        w invocation SUCCEEDED
          child child SUCCEEDED
    `,
  },
};

export function expectedTrace(title: string, view: keyof Trees): string[] {
  const [, key = ""] = /^aws:otel-(?:execution-)?(\S+)/.exec(title) ?? [];
  const lines = (TREES[key]?.[view] ?? "").split("\n").slice(1, -1);
  return lines.map((line) => line.slice(6));
}
