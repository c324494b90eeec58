/* Two windows of one wallet from their hand-overs on (coordination.md section 8, wallet-actions.md sections 10 and 12):
   S7, a wallet never runs two actions at once. What S4 gives (window.pml) is taken as given: a window has one agreed
   digest at most, so an action is known by its window. Who gets a complete set of accepts, and when within the grace,
   is left open: that is what liars and the network decide. README.md says more. */

#ifndef OPERATORS
#define OPERATORS 2       /* any two of the group: they do not act on one another, and S7 speaks of two at a time */
#endif
#ifndef FREQUENCY
#define FREQUENCY 7       /* blocks between two begins */
#endif
#ifndef VALIDITY
#define VALIDITY 5        /* expiry = begin + validity; the profile wants it below the frequency */
#endif
#ifndef MARGIN
#define MARGIN 2          /* deadline = expiry - margin: what releases no share by then has ended */
#endif
#ifndef GRACE
#define GRACE 1
#endif
#ifndef LAG
#define LAG 2             /* how many blocks the heads of two honest operators may differ */
#endif
#define WINDOWS 2
#define END (WINDOWS * FREQUENCY + VALIDITY)

#define begin(window) (((window) - 1) * FREQUENCY)
#define expiry(window) (begin(window) + VALIDITY)
#define deadline(window) (expiry(window) - MARGIN)

/* The claims: no operator runs two actions; no two operators run different ones. */
#ifdef CHECK_S7
#define claimS7(condition) assert(condition)
#else
#define claimS7(condition) skip
#endif
#ifdef CHECK_S7_LOCAL
#define claimS7Local(condition) assert(condition)
#else
#define claimS7Local(condition) skip
#endif
#ifdef PROBE
#define PROBED(name, condition) assert(PROBE != name || !(condition))
#else
#define PROBED(name, condition) skip
#endif
#define BUSY 1            /* a hand-over met a busy dispatcher */
#define RESUMED 2         /* an action went on after a crash */
#define BOTH 3            /* one operator ran an action in each window */
#define LATE 4            /* an action began after its begin */
#define BEHIND 5          /* somebody hands the second window's action over while another's head is before its begin */

byte head[OPERATORS];     /* the host chain's head, as each operator sees it */

/* On disk: the record of each window's action (wallet-actions.md section 12), a set of windows each. */
byte agreed[OPERATORS];
byte releasing[OPERATORS];
byte ended[OPERATORS];    /* a window handed over, and over: executed, failed, expired or busy */

/* In memory: what the dispatcher runs, a set of windows that holds one at most. */
byte running[OPERATORS];

#define bit(window) (1 << (window))
#define one(set) (((set) & ((set) - 1)) == 0)

#if OPERATORS == 3
#define allAbove(bottom) (head[0] >= (bottom) && head[1] >= (bottom) && head[2] >= (bottom))
#define everything (running[0] | running[1] | running[2])
#else
#define allAbove(bottom) (head[0] >= (bottom) && head[1] >= (bottom))
#define everything (running[0] | running[1])
#endif

#ifdef MUTANT_BUSY
#define free true
#else
#define free (running[me] == 0)
#endif
#ifdef MUTANT_EXPIRY
#define inTime(window) true
#define expired(window) false
#else
/* Before the deadline anything runs; after it only what released a share before. */
#define inTime(window) (head[me] < deadline(window) || ((releasing[me] & bit(window)) && head[me] < expiry(window)))
#define expired(window) (!inTime(window))
#endif
#ifdef MUTANT_LATE
#define inGrace(window) (head[me] >= begin(window))
#else
#define inGrace(window) (head[me] >= begin(window) && head[me] <= begin(window) + GRACE)
#endif

inline start(window) {
    running[me] = running[me] | bit(window);
    claimS7Local(one(running[me]));
    claimS7(one(everything));
    PROBED(LATE, head[me] > begin(window));
    PROBED(BOTH, (ended[me] & bit(1)) && window == 2);
    PROBED(BEHIND, window == 2 && !allAbove(begin(2)))
}

/* A complete set of accepts is there: the record is on disk with the hand-over, then the dispatcher is asked. */
inline handOver(window) {
    if
    :: free -> agreed[me] = agreed[me] | bit(window); start(window)
    :: !free -> PROBED(BUSY, true); ended[me] = ended[me] | bit(window) /* wallet_busy */
    fi
}

inline finish(window) {
    running[me] = running[me] & ~bit(window);
    agreed[me] = agreed[me] & ~bit(window);
    releasing[me] = releasing[me] & ~bit(window);
    ended[me] = ended[me] | bit(window)
}

#define unheard(window) (((agreed[me] | ended[me]) & bit(window)) == 0)
#define runs(window) (running[me] & bit(window))
#define waits(window) ((agreed[me] & bit(window)) && !runs(window))

#define mayRelease(window) (runs(window) && !(releasing[me] & bit(window)) && head[me] < deadline(window))

proctype Operator(byte me) {
end:
    do
    /* The next block; the dispatcher ends what expires with it. */
    :: atomic { head[me] < END && allAbove(head[me] + 1 - LAG) -> head[me]++;
        if
        :: runs(1) && expired(1) -> finish(1)
        :: else
        fi;
        if
        :: runs(2) && expired(2) -> finish(2)
        :: else
        fi
    }
    :: atomic { unheard(1) && inGrace(1) && inTime(1) -> handOver(1) }
    :: atomic { unheard(2) && inGrace(2) && inTime(2) -> handOver(2) }
    :: atomic { mayRelease(1) -> releasing[me] = releasing[me] | bit(1) }
    :: atomic { mayRelease(2) -> releasing[me] = releasing[me] | bit(2) }
    /* Executed, failed, or its accepts no longer suffice. */
    :: atomic { runs(1) -> finish(1) }
    :: atomic { runs(2) -> finish(2) }
    :: atomic { running[me] -> running[me] = 0 }          /* a crash */
    :: atomic { waits(1) && inTime(1) && free -> PROBED(RESUMED, true); start(1) }
    :: atomic { waits(2) && inTime(2) && free -> PROBED(RESUMED, true); start(2) }
    :: atomic { waits(1) && expired(1) -> finish(1) }
    :: atomic { waits(2) && expired(2) -> finish(2) }
    od
}

init {
    atomic {
        run Operator(0); run Operator(1);
#if OPERATORS == 3
        run Operator(2);
#endif
    }
}
