/* SPDX-License-Identifier: Apache-2.0 */
/* The client for programs in C: hands signed transactions to a Switchyard server and learns the
 * verdict of each. A client is used by one thread at a time; several clients are independent. No
 * function throws, exits or prints. Link libswitchyard_dataplane_client. */
#ifndef SWITCHYARD_CLIENT_H
#define SWITCHYARD_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWITCHYARD_TRANSACTION_BYTES_MAX 131072

typedef struct switchyard_client switchyard_client;

/* Zero means the default of each field. */
typedef struct {
    const char* host;     /* a name, an IPv4 or an IPv6 address; NULL: 127.0.0.1 */
    uint16_t port;        /* 0: 30345 */
    uint32_t window;      /* transactions under way, a power of two from 256 to 65536; 0: 4096 */
    uint8_t group_data;   /* data datagrams protected together, 1 to 32; 0: 32 */
    uint8_t group_parity; /* parity datagrams for them, 0 to 16; 0: none, lost ones are repeated */
    uint32_t patience_ms; /* without a word from the server, then it failed; 0: 10000 */
} switchyard_client_options;

typedef struct {
    uint64_t number; /* as switchyard_client_submit returned it */
    uint8_t verdict; /* 0 accepted; others: switchyard_verdict_name */
} switchyard_client_result;

/* What functions return: 0 or more is success. */
enum {
    SWITCHYARD_OK = 0,
    SWITCHYARD_WINDOW_FULL = 1,  /* take results with switchyard_client_wait, then submit again */
    SWITCHYARD_INVALID = -1,     /* an argument is outside its bounds */
    SWITCHYARD_UNAVAILABLE = -2, /* no such host, or the server forgot the session */
    SWITCHYARD_TIMEOUT = -3,     /* the server did not answer */
    SWITCHYARD_UNSUPPORTED = -4, /* no version of the protocol in common */
    SWITCHYARD_FAILED = -5       /* the operating system said no */
};

/* Opens a session; waits for the server's answer. On success *out is a client, to be given to
 * switchyard_client_close. On failure *out is NULL and, if message_bytes is not 0, message is a
 * text that says why, cut to fit, with a terminating zero. */
int switchyard_client_open(const switchyard_client_options* options, switchyard_client** out,
                           char* message, size_t message_bytes);

/* Takes a copy of a transaction of 1 to SWITCHYARD_TRANSACTION_BYTES_MAX bytes: an EIP-2718
 * envelope or legacy RLP. sender: the 20 bytes of the address that signed, as a hint, or NULL. Does
 * not wait. On SWITCHYARD_OK *number is its number: 0, 1, 2, and so on. */
int switchyard_client_submit(switchyard_client* client, const uint8_t* transaction, size_t bytes,
                             const uint8_t* sender, uint64_t* number);

/* Waits up to timeout_ms for results, in the order of their numbers, each given once; returns how
 * many it wrote, up to capacity (1 or more), or an error after which the client is of no use but to
 * close. Call it regularly while transactions are under way: it also sends again what was lost. */
int switchyard_client_wait(switchyard_client* client, switchyard_client_result* results,
                           size_t capacity, uint32_t timeout_ms);

/* Transactions whose results were not taken. */
size_t switchyard_client_outstanding(const switchyard_client* client);

/* The text of the last error; valid until the next call with this client. */
const char* switchyard_client_message(const switchyard_client* client);

/* Ends the session. Results that are missing stay so. NULL is allowed. */
void switchyard_client_close(switchyard_client* client);

/* "accepted", "nonce_too_low" and so on; "unknown" for other values. */
const char* switchyard_verdict_name(uint8_t verdict);

#ifdef __cplusplus
}
#endif

#endif
