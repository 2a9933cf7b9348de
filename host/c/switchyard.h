/* SPDX-License-Identifier: Apache-2.0 */
/* libswitchyard in C: a chain that executes blocks over lanes, for nodes and tests that link it.
 *
 *     switchyard_chain *chain;
 *     switchyard_options options;
 *     switchyard_options_init(&options, sizeof options);
 *     options.genesis_file = "genesis.json";
 *     if (switchyard_open(&options, &chain) != SWITCHYARD_OK)
 *         puts(switchyard_error_message());
 *
 * Rules that hold for every function:
 *
 * Status    A function that may fail returns a switchyard_status. SWITCHYARD_OK is 0. After anything
 *           else nothing has changed and no output was written, except where the function says
 *           otherwise, and switchyard_error_message() says why. No exception and no signal leaves
 *           the library; it prints nothing, and nothing but a broken assertion of its own ends the
 *           process.
 * Handles   switchyard_chain, switchyard_block and switchyard_subscription are opaque and given by
 *           the library. A handle that is NULL, was given back or is of another kind is
 *           SWITCHYARD_INVALID_HANDLE, never undefined behaviour; handles are not used again.
 *           What has to be given back, and by which function, is said where it is handed out.
 * Pointers  An argument may be NULL only where it says so; else SWITCHYARD_INVALID_INPUT. What the
 *           caller passes is read before the function returns and never after. Lengths are bytes.
 * Structs   The first member of an options or result struct is struct_size, the sizeof of the
 *           caller's header. Members are only ever appended: an older caller gets the defaults, a
 *           newer one whose additional members are not zero gets SWITCHYARD_UNSUPPORTED.
 * Threads   Any function may be called from any thread at any time, on the same handle too.
 * Numbers   256-bit words are big-endian. Gas, bytes, seconds and wei as the names say.
 */
#ifndef SWITCHYARD_H
#define SWITCHYARD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SWITCHYARD_API __attribute__((visibility("default")))
#else
#define SWITCHYARD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The interface that this header describes. It grows when something changes that a program built
 * against an older header would notice; the library's soname has the same number. */
#define SWITCHYARD_ABI_VERSION 1

typedef int32_t switchyard_status;
enum {
    SWITCHYARD_OK = 0,
    SWITCHYARD_INVALID_INPUT = 1,   /* malformed bytes, JSON or arguments; an invalid block */
    SWITCHYARD_NOT_FOUND = 2,       /* a file, a block, an account's code that must exist */
    SWITCHYARD_UNAVAILABLE = 3,     /* a device that is absent; a state that is not kept any more */
    SWITCHYARD_UNSUPPORTED = 4,     /* understood, but this build cannot do it */
    SWITCHYARD_LIMIT_EXCEEDED = 5,  /* a stated bound would be passed; a buffer is too small */
    SWITCHYARD_IO = 6,              /* the operating system said no */
    SWITCHYARD_CORRUPT = 7,         /* stored data fails its own checks */
    SWITCHYARD_TIMEOUT = 8,         /* a deadline passed */
    SWITCHYARD_MISMATCH = 9,        /* two results that must be equal are not */
    SWITCHYARD_INTERNAL = 10,       /* a bug in the library or in one below it */
    SWITCHYARD_INVALID_HANDLE = 11, /* NULL, given back, or of another kind */
    SWITCHYARD_CLOSED = 12,         /* the chain behind a subscription was closed */
    SWITCHYARD_OUT_OF_MEMORY = 13
};

typedef struct switchyard_chain switchyard_chain;
typedef struct switchyard_block switchyard_block;
typedef struct switchyard_subscription switchyard_subscription;

typedef struct switchyard_address {
    uint8_t bytes[20];
} switchyard_address;

/* A hash, a storage slot or a big-endian 256-bit number. */
typedef struct switchyard_word {
    uint8_t bytes[32];
} switchyard_word;

/* Borrowed bytes. `data` may be NULL only if `length` is 0. */
typedef struct switchyard_bytes {
    const uint8_t *data;
    size_t length;
} switchyard_bytes;

/* ---- The library ------------------------------------------------------------------------------ */

/* The interface that the loaded library has: equal to SWITCHYARD_ABI_VERSION, or the program was
 * linked against another one. */
SWITCHYARD_API uint32_t switchyard_abi_version(void);
/* "0.1.0". Static. */
SWITCHYARD_API const char *switchyard_version(void);
/* "invalid input", ...; "unknown status" for another number. Static. */
SWITCHYARD_API const char *switchyard_status_text(switchyard_status status);
/* One line about the last call of this thread that did not return SWITCHYARD_OK, with the function's
 * name; empty if there was none. Valid until this thread's next call into the library. */
SWITCHYARD_API const char *switchyard_error_message(void);
/* The instruction set that signatures and hashes are computed with on this machine: "AVX2", ...
 * Static. */
SWITCHYARD_API const char *switchyard_simd_target(void);

/* ---- A chain ---------------------------------------------------------------------------------- */

/* How blocks are executed. The result is the same. */
enum {
    SWITCHYARD_EXECUTION_AUTO = 0, /* over lanes where that is expected to be faster */
    SWITCHYARD_EXECUTION_LANES = 1 /* over lanes always */
};
/* When a block, or a transaction of the pool, counts as durable. */
enum {
    SWITCHYARD_SYNC_ALWAYS = 0, /* when the disk has it */
    SWITCHYARD_SYNC_NEVER = 1   /* when the operating system has it: survives the process, not power */
};
/* Bits of switchyard_options.flags. */
enum {
    /* Execute each block a second time, serially, and compare everything: a difference is
     * SWITCHYARD_INTERNAL. For tests. */
    SWITCHYARD_CHECK_SERIALLY = 1
};

typedef struct switchyard_options {
    size_t struct_size;
    /* The first block: go-ethereum's genesis.json, as a file or as text; at most one of both.
     * Neither: a chain for development, with ten accounts whose keys everybody knows
     * (switchyard_development_account). */
    const char *genesis_file;
    const char *genesis_json;
    /* Length of genesis_json; 0: it ends with a NUL. */
    size_t genesis_json_length;
    /* Of a chain for development; 0: 31337. */
    uint64_t development_chain_id;
    /* Of a chain for development, from its first block on: "Paris", "Shanghai", "Cancun", "Prague",
     * "Osaka" or "Amsterdam"; NULL: "Osaka". */
    const char *development_fork;
    /* Where the chain is kept, made if it is not there; one process at a time. NULL: in a folder of
     * its own among the system's temporary files, removed by switchyard_close; never synced. */
    const char *folder;
    /* SWITCHYARD_SYNC_; of a folder that is named. */
    uint32_t sync;
    /* SWITCHYARD_EXECUTION_ */
    uint32_t execution;
    /* SWITCHYARD_CHECK_ */
    uint32_t flags;
    /* 1 to 64; 0: 32. */
    uint32_t lanes;
    /* Threads that execute, the caller's included, 1 to 256; 0: as many as the machine has. */
    uint32_t threads;
    /* The conflict detector: "software", "emulation" (the card's kernel on an emulated device),
     * "card" or "reference"; NULL: "software". One that cannot run here is
     * SWITCHYARD_UNAVAILABLE, never another one. */
    const char *detector;
    /* The kernel's image, for "card"; else NULL. */
    const char *xclbin_file;
    /* Towards which the blocks that are built here move; 0: 36,000,000. */
    uint64_t gas_limit;
    /* Transactions that may wait; 0: 1,048,576. */
    uint64_t pool_transactions;
    /* For state, code and trie in memory; 0: 256 MiB; at least 16 MiB are used. */
    uint64_t cache_bytes;
} switchyard_options;

/* Fills in the defaults. `struct_size` is sizeof(switchyard_options). */
SWITCHYARD_API switchyard_status switchyard_options_init(switchyard_options *options,
                                                         size_t struct_size);

/* Opens a chain, or begins it where the folder has none. `options` may be NULL: a chain for
 * development in a temporary folder. `*chain` has to be given back by switchyard_close.
 *   SWITCHYARD_INVALID_INPUT   a genesis that is none, or not the one of the folder's chain
 *   SWITCHYARD_UNAVAILABLE     the detector cannot run here; another process has the folder
 *   SWITCHYARD_NOT_FOUND       no detector has that name
 *   SWITCHYARD_IO, _CORRUPT    the folder; the message says what to do */
SWITCHYARD_API switchyard_status switchyard_open(const switchyard_options *options,
                                                 switchyard_chain **chain);

/* Waits for calls under way on other threads, ends its subscriptions, and closes the chain: its
 * folder may be opened again when this returns. Blocks that were handed out stay valid. */
SWITCHYARD_API switchyard_status switchyard_close(switchyard_chain *chain);

/* The accounts of a chain for development. Their secrets are public knowledge.
 * `index` is 0 to 9; `secret` may be NULL. */
SWITCHYARD_API switchyard_status switchyard_development_account(uint32_t index,
                                                                switchyard_address *address,
                                                                switchyard_word *secret);

enum {
    SWITCHYARD_DETECTOR_HARDWARE = 0,
    SWITCHYARD_DETECTOR_EMULATED = 1, /* no hardware: the same calls and the same kernel on the CPU */
    SWITCHYARD_DETECTOR_SOFTWARE = 2
};
typedef struct switchyard_detector_info {
    size_t struct_size;
    uint32_t kind; /* SWITCHYARD_DETECTOR_ */
    char name[32];
    char description[160]; /* for a person; cut off if it is longer */
    uint64_t batches;      /* blocks planned */
    uint64_t failures;     /* of the device */
    uint64_t fallbacks;    /* blocks that software planned in its place */
} switchyard_detector_info;

/* Which detector the chain runs, and what it has done. */
SWITCHYARD_API switchyard_status switchyard_detector(switchyard_chain *chain,
                                                     switchyard_detector_info *info);

/* ---- Transactions ----------------------------------------------------------------------------- */

/* What became of a transaction. The values are stable. */
typedef uint8_t switchyard_verdict;
enum {
    SWITCHYARD_ACCEPTED = 0,
    SWITCHYARD_MALFORMED = 1,
    SWITCHYARD_INVALID_SIGNATURE = 2,
    SWITCHYARD_WRONG_CHAIN = 3,
    SWITCHYARD_DUPLICATE = 4,
    SWITCHYARD_NONCE_TOO_LOW = 5,
    SWITCHYARD_INSUFFICIENT_FUNDS = 6,
    SWITCHYARD_FEE_TOO_LOW = 7,
    SWITCHYARD_GAS_LIMIT_TOO_HIGH = 8,
    SWITCHYARD_INTRINSIC_GAS_TOO_LOW = 9,
    SWITCHYARD_POOL_FULL = 10,
    SWITCHYARD_TOO_LARGE = 11,
    SWITCHYARD_TRANSACTION_UNSUPPORTED = 12,
    SWITCHYARD_REPLACEMENT_UNDERPRICED = 13, /* one of this sender and nonce waits, and pays as much */
    SWITCHYARD_NONCE_TOO_HIGH = 14,
    SWITCHYARD_NONCE_IS_MAX = 15,
    SWITCHYARD_SENDER_LIMIT = 16,
    SWITCHYARD_FUTURE_REPLACES_PENDING = 17,
    SWITCHYARD_ADDRESS_RESERVED = 18,
    SWITCHYARD_AUTHORITY_RESERVED = 19,
    SWITCHYARD_DELEGATED_IN_FLIGHT = 20,
    SWITCHYARD_DELEGATED_GAP = 21,
    SWITCHYARD_TIP_ABOVE_MAX_FEE = 22,
    SWITCHYARD_INIT_CODE_TOO_LARGE = 23,
    SWITCHYARD_SENDER_HAS_CODE = 24,
    SWITCHYARD_FLOOR_GAS_TOO_LOW = 25,
    SWITCHYARD_GAS_LIMIT_ABOVE_CAP = 26,
    SWITCHYARD_BLOBS_REFUSED = 27,
    SWITCHYARD_SIDECAR_MISSING = 28,
    SWITCHYARD_SIDECAR_INVALID = 29,
    SWITCHYARD_AUTHORIZATIONS_REFUSED = 30,
    SWITCHYARD_NOT_DURABLE = 31 /* it could not be written down: nothing is acknowledged */
};
/* Why a transaction was refused, in the words of go-ethereum where it has the same reason. Static;
 * "accepted" for 0, "unknown verdict" for another number. */
SWITCHYARD_API const char *switchyard_verdict_text(switchyard_verdict verdict);

/* Verifies signed transactions (their canonical encodings, without blob sidecars) and puts those
 * that are valid into the pool. What is accepted is durable as switchyard_options.sync says.
 * `transactions` has `count` entries, `verdicts` room for as many; `hashes` too, or NULL: the
 * transaction's hash, or zeros where its encoding or signature is not valid. Fastest with some
 * hundreds at once. Returns SWITCHYARD_OK whatever the verdicts are. */
SWITCHYARD_API switchyard_status switchyard_submit(switchyard_chain *chain,
                                                   const switchyard_bytes *transactions,
                                                   size_t count, switchyard_verdict *verdicts,
                                                   switchyard_word *hashes);

typedef struct switchyard_pool_info {
    size_t struct_size;
    uint64_t executable; /* transactions that a block may take */
    uint64_t queued;     /* behind a gap in their sender's nonces */
    uint64_t bytes;      /* of their encodings */
    uint64_t senders;
} switchyard_pool_info;
SWITCHYARD_API switchyard_status switchyard_pool(switchyard_chain *chain,
                                                 switchyard_pool_info *info);

/* ---- Blocks ----------------------------------------------------------------------------------- */

typedef struct switchyard_withdrawal {
    uint64_t index;
    uint64_t validator_index;
    switchyard_address address;
    uint64_t amount_gwei;
} switchyard_withdrawal;

/* What whoever asks for a block decides about it. Zeros are good defaults. */
typedef struct switchyard_block_attributes {
    size_t struct_size;
    uint64_t timestamp; /* seconds, above the parent's; 0: the system's clock, or 1 after the parent */
    switchyard_address beneficiary;
    switchyard_word prev_randao;
    switchyard_word parent_beacon_block_root;
    uint64_t gas_limit;   /* 0: a step from the parent's towards switchyard_options.gas_limit */
    uint64_t slot_number; /* from Amsterdam on */
    const uint8_t *extra_data;
    size_t extra_data_length; /* 0 to 32 */
    const switchyard_withdrawal *withdrawals;
    size_t withdrawal_count; /* 0 to 16 */
} switchyard_block_attributes;

/* Builds a block from the pool on the head, executing it over lanes, and makes it the head; it may be
 * empty. From Paris on (SWITCHYARD_UNSUPPORTED before). `attributes` may be NULL. `*block` has to be
 * given back by switchyard_block_release; `block` may be NULL. */
SWITCHYARD_API switchyard_status switchyard_build_block(
    switchyard_chain *chain, const switchyard_block_attributes *attributes,
    switchyard_block **block);

/* Bits of `flags`. */
enum { SWITCHYARD_KEEP_HEAD = 1 /* the block is executed and kept, but the head stays */ };

/* Executes somebody else's block, given as RLP, over the state after its parent, compares all that
 * its header states (gas, receipts, logs bloom, state root, ...) with what came of it, and makes it
 * the head. A block that is here already is not executed again. `expected_hash` may be NULL.
 * `*block` as of switchyard_build_block.
 *   SWITCHYARD_INVALID_INPUT   the block is invalid; the message says why
 *   SWITCHYARD_MISMATCH        it is not the block of `expected_hash`
 *   SWITCHYARD_NOT_FOUND       its parent is not here; execute that first
 *   SWITCHYARD_UNAVAILABLE     its parent's state is not kept any more */
SWITCHYARD_API switchyard_status switchyard_execute_block(switchyard_chain *chain,
                                                          const uint8_t *rlp, size_t length,
                                                          const switchyard_word *expected_hash,
                                                          uint32_t flags,
                                                          switchyard_block **block);

/* Makes a block that is here the head, on whatever branch it stands: a reorganisation. The pool gets
 * back the transactions of blocks that are taken back. SWITCHYARD_NOT_FOUND: it is not here. */
SWITCHYARD_API switchyard_status switchyard_set_head(switchyard_chain *chain,
                                                     const switchyard_word *hash);

/* Blocks by place. Each `*block` has to be given back by switchyard_block_release.
 * SWITCHYARD_NOT_FOUND: there is no such block; of a number, on the chain of the head. */
SWITCHYARD_API switchyard_status switchyard_head(switchyard_chain *chain, switchyard_block **block);
SWITCHYARD_API switchyard_status switchyard_block_by_number(switchyard_chain *chain,
                                                            uint64_t number,
                                                            switchyard_block **block);
SWITCHYARD_API switchyard_status switchyard_block_by_hash(switchyard_chain *chain,
                                                          const switchyard_word *hash,
                                                          switchyard_block **block);
/* The block of a transaction on the chain of the head, and its position there; `index` may be NULL. */
SWITCHYARD_API switchyard_status switchyard_block_of_transaction(switchyard_chain *chain,
                                                                 const switchyard_word *hash,
                                                                 switchyard_block **block,
                                                                 uint32_t *index);
/* Gives a block back. */
SWITCHYARD_API switchyard_status switchyard_block_release(switchyard_block *block);

typedef struct switchyard_block_info {
    size_t struct_size;
    uint64_t number;
    uint64_t timestamp; /* seconds */
    uint64_t gas_limit;
    uint64_t gas_used;
    uint64_t rlp_length; /* bytes of switchyard_block_rlp */
    switchyard_word hash;
    switchyard_word parent_hash;
    switchyard_word state_root;
    switchyard_word transactions_root;
    switchyard_word receipts_root;
    switchyard_word base_fee_per_gas; /* wei; 0 before London */
    switchyard_address beneficiary;
    uint32_t transaction_count;
} switchyard_block_info;
SWITCHYARD_API switchyard_status switchyard_block_read(switchyard_block *block,
                                                       switchyard_block_info *info);
/* The block's RLP, as switchyard_execute_block takes it. Valid until the block is given back. */
SWITCHYARD_API switchyard_status switchyard_block_rlp(switchyard_block *block,
                                                      switchyard_bytes *rlp);

typedef struct switchyard_receipt {
    size_t struct_size;
    uint32_t success; /* 1 or 0 */
    uint32_t type;    /* of the transaction, EIP-2718 */
    uint64_t gas_used;
    uint64_t cumulative_gas_used;
    uint32_t log_count;
    uint32_t has_created_address; /* 1 or 0 */
    switchyard_address created_address;
    switchyard_address sender;
    switchyard_word transaction_hash;
    switchyard_word effective_gas_price; /* wei */
} switchyard_receipt;
/* `index` is 0 to transaction_count - 1 (SWITCHYARD_NOT_FOUND beyond). */
SWITCHYARD_API switchyard_status switchyard_block_receipt(switchyard_block *block, uint32_t index,
                                                          switchyard_receipt *receipt);

typedef struct switchyard_log {
    size_t struct_size;
    switchyard_address address;
    uint32_t topic_count; /* 0 to 4 */
    switchyard_word topics[4];
    switchyard_bytes data; /* valid until the block is given back */
} switchyard_log;
/* `log_index` counts within the receipt. */
SWITCHYARD_API switchyard_status switchyard_block_log(switchyard_block *block, uint32_t index,
                                                      uint32_t log_index, switchyard_log *log);

/* How a block went over the lanes. */
typedef struct switchyard_lane_statistics {
    size_t struct_size;
    uint32_t lanes;        /* of its plan; 1: it ran serially */
    uint32_t threads;      /* that could take part */
    uint64_t transactions;
    uint64_t executions;   /* transactions and aborts together */
    uint64_t aborts;       /* executions that had to be repeated */
    uint64_t waits;        /* dependencies between lanes */
    uint64_t slots_accessed; /* of the transactions whose predictions were compared */
    uint64_t slots_predicted;
    uint64_t slots_both;
} switchyard_lane_statistics;
/* SWITCHYARD_NOT_FOUND: the block was not among the last 256 that were executed since the chain was
 * opened. */
SWITCHYARD_API switchyard_status switchyard_block_statistics(
    switchyard_chain *chain, switchyard_block *block, switchyard_lane_statistics *statistics);

/* ---- State ------------------------------------------------------------------------------------ */
/* The state after the block `at`, or after the head if it is NULL. SWITCHYARD_UNAVAILABLE: that
 * state is not kept any more (1,024 blocks behind the head are). */

typedef struct switchyard_account {
    size_t struct_size;
    uint32_t exists; /* 1 or 0; all else is zero then, but the hash of no code */
    uint64_t nonce;
    switchyard_word balance; /* wei */
    switchyard_word code_hash;
} switchyard_account;
SWITCHYARD_API switchyard_status switchyard_read_account(switchyard_chain *chain,
                                                         switchyard_block *at,
                                                         const switchyard_address *address,
                                                         switchyard_account *account);
/* 0 for a slot that was never set. */
SWITCHYARD_API switchyard_status switchyard_read_storage(switchyard_chain *chain,
                                                         switchyard_block *at,
                                                         const switchyard_address *address,
                                                         const switchyard_word *slot,
                                                         switchyard_word *value);
/* Writes the account's code (none: 0 bytes) to `buffer` and its length to `*length`, which is
 * written also when `capacity` is too small (SWITCHYARD_LIMIT_EXCEEDED); `buffer` may be NULL if
 * `capacity` is 0. */
SWITCHYARD_API switchyard_status switchyard_read_code(switchyard_chain *chain,
                                                      switchyard_block *at,
                                                      const switchyard_address *address,
                                                      uint8_t *buffer, size_t capacity,
                                                      size_t *length);

/* ---- Following the head ----------------------------------------------------------------------- */

enum {
    SWITCHYARD_BLOCK_ADDED = 0,  /* on the chain of the head from here on; ascending */
    SWITCHYARD_BLOCK_REMOVED = 1 /* taken back by a reorganisation; descending */
};
typedef struct switchyard_event {
    size_t struct_size;
    uint32_t kind;   /* SWITCHYARD_BLOCK_ */
    uint64_t missed; /* events before this one that were dropped, because the queue was full */
    switchyard_block *block; /* to be given back by switchyard_block_release */
} switchyard_event;

/* A queue of the head's changes from here on, of `capacity` events (1 to 65,536); when it is full,
 * the oldest is dropped. `*subscription` has to be given back by switchyard_unsubscribe, also after
 * the chain was closed. */
SWITCHYARD_API switchyard_status switchyard_subscribe(switchyard_chain *chain, uint32_t capacity,
                                                      switchyard_subscription **subscription);
/* The next event, waiting for it at most `timeout_ms`, 0 to 3,600,000.
 *   SWITCHYARD_TIMEOUT   there was none
 *   SWITCHYARD_CLOSED    the chain, or on another thread the subscription, was closed, and no event
 *                        is left */
SWITCHYARD_API switchyard_status switchyard_next_event(switchyard_subscription *subscription,
                                                       uint32_t timeout_ms,
                                                       switchyard_event *event);
/* Ends waits on other threads. */
SWITCHYARD_API switchyard_status switchyard_unsubscribe(switchyard_subscription *subscription);

#ifdef __cplusplus
}
#endif
#endif
