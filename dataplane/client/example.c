/* SPDX-License-Identifier: Apache-2.0 */
/* A client in C: sends the transactions that it reads, one in hex on each line, and prints the
 * verdict of each in their order.
 *
 *   client_example 10.0.0.2 30345 < transactions.hex
 *
 * Exit code 0: all were accepted; 1: some were not; 2: the server or the input failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/client/switchyard_client.h"

static char line[2 * SWITCHYARD_TRANSACTION_BYTES_MAX + 16];
static uint8_t transaction[SWITCHYARD_TRANSACTION_BYTES_MAX];

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Bytes of a line with or without 0x, 0 when it is no such line. */
static size_t read_line(const char* text) {
    size_t bytes = 0;
    if (text[0] == '0' && text[1] == 'x') text += 2;
    for (; digit(text[0]) >= 0 && digit(text[1]) >= 0; text += 2)
        if (bytes < sizeof(transaction))
            transaction[bytes++] = (uint8_t)(digit(text[0]) * 16 + digit(text[1]));
        else
            return 0;
    return text[0] == '\n' || text[0] == '\0' ? bytes : 0;
}

/* Prints what is there within `timeout_ms`; returns how many were not accepted, or -1. */
static int print_results(switchyard_client* client, uint32_t timeout_ms) {
    switchyard_client_result results[256];
    int refused = 0;
    const int count = switchyard_client_wait(client, results, 256, timeout_ms);
    if (count < 0) {
        fprintf(stderr, "client_example: %s\n", switchyard_client_message(client));
        return -1;
    }
    for (int i = 0; i < count; ++i) {
        printf("%s\n", switchyard_verdict_name(results[i].verdict));
        refused += results[i].verdict != 0;
    }
    return refused;
}

int main(int count, char** arguments) {
    switchyard_client_options options;
    switchyard_client* client = NULL;
    char message[200];
    int refused = 0;
    if (count != 3) {
        fprintf(stderr, "usage: client_example HOST PORT < transactions.hex\n");
        return 2;
    }
    /* Zero is the default of every field. */
    memset(&options, 0, sizeof(options));
    options.host = arguments[1];
    options.port = (uint16_t)atoi(arguments[2]);
    options.group_parity = 4;
    options.group_data = 16;
    if (switchyard_client_open(&options, &client, message, sizeof(message)) != SWITCHYARD_OK) {
        fprintf(stderr, "client_example: %s\n", message);
        return 2;
    }
    while (refused >= 0 && fgets(line, sizeof(line), stdin) != NULL) {
        const size_t bytes = read_line(line);
        uint64_t number = 0;
        int code = SWITCHYARD_WINDOW_FULL;
        while (refused >= 0 && code == SWITCHYARD_WINDOW_FULL) {
            code = switchyard_client_submit(client, transaction, bytes, NULL, &number);
            if (code == SWITCHYARD_WINDOW_FULL) {
                const int more = print_results(client, 1000);
                refused = more < 0 ? more : refused + more;
            }
        }
        if (code < 0) {
            fprintf(stderr, "client_example: %s\n", switchyard_client_message(client));
            refused = -1;
        }
    }
    while (refused >= 0 && switchyard_client_outstanding(client) != 0) {
        const int more = print_results(client, 1000);
        refused = more < 0 ? more : refused + more;
    }
    switchyard_client_close(client);
    return refused < 0 ? 2 : refused > 0;
}
