/* SPDX-License-Identifier: Apache-2.0 */
/* A chain for development: transactions in, a block out, the state read, and the block executed again
 * by another chain.
 *
 *     example TRANSACTIONS [DETECTOR]
 *
 * TRANSACTIONS has a signed transaction in hex on each line; DETECTOR is "software" (which is what
 * runs without one) or "emulation", the card's kernel without a card. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <switchyard/switchyard.h>

#define COUNT_MAX 64
#define BYTES_MAX 4096

static void check(switchyard_status status) {
    if (status == SWITCHYARD_OK) return;
    fprintf(stderr, "example: %s\n", switchyard_error_message());
    exit(1);
}

static void print_hex(const char *name, const uint8_t *bytes, size_t length) {
    printf("%s 0x", name);
    for (size_t i = 0; i < length; ++i)
        printf("%02x", bytes[i]);
    printf("\n");
}

/* Reads a line of hex; its length in bytes, or 0 at the end of the file. */
static size_t read_line(FILE *file, uint8_t *bytes) {
    char line[2 * BYTES_MAX + 4];
    if (fgets(line, sizeof line, file) == NULL) return 0;
    const char *at = strncmp(line, "0x", 2) == 0 ? line + 2 : line;
    size_t length = 0;
    unsigned byte;
    while (length < BYTES_MAX && sscanf(at + 2 * length, "%2x", &byte) == 1)
        bytes[length++] = (uint8_t)byte;
    return length;
}

static size_t submit_file(switchyard_chain *chain, const char *name) {
    static uint8_t bytes[COUNT_MAX][BYTES_MAX];
    switchyard_bytes transactions[COUNT_MAX];
    switchyard_verdict verdicts[COUNT_MAX];
    size_t count = 0, accepted = 0;

    FILE *file = fopen(name, "r");
    if (file == NULL) {
        fprintf(stderr, "example: cannot read %s\n", name);
        exit(1);
    }
    while (count < COUNT_MAX) {
        const size_t length = read_line(file, bytes[count]);
        if (length == 0) break;
        transactions[count].data = bytes[count];
        transactions[count++].length = length;
    }
    fclose(file);

    check(switchyard_submit(chain, transactions, count, verdicts, NULL));
    for (size_t i = 0; i < count; ++i) {
        if (verdicts[i] == SWITCHYARD_ACCEPTED)
            ++accepted;
        else
            printf("transaction %zu refused: %s\n", i, switchyard_verdict_text(verdicts[i]));
    }
    printf("submitted %zu accepted %zu\n", count, accepted);
    return accepted;
}

static void print_block(switchyard_chain *chain, switchyard_block *block) {
    switchyard_block_info info = {.struct_size = sizeof info};
    check(switchyard_block_read(block, &info));
    printf("block %llu transactions %u gas %llu\n", (unsigned long long)info.number,
           info.transaction_count, (unsigned long long)info.gas_used);
    print_hex("hash", info.hash.bytes, 32);
    print_hex("parent", info.parent_hash.bytes, 32);
    print_hex("state root", info.state_root.bytes, 32);

    for (uint32_t i = 0; i < info.transaction_count; ++i) {
        switchyard_receipt receipt = {.struct_size = sizeof receipt};
        check(switchyard_block_receipt(block, i, &receipt));
        printf("receipt %u success %u gas %llu logs %u\n", i, receipt.success,
               (unsigned long long)receipt.gas_used, receipt.log_count);
    }
    switchyard_lane_statistics lanes = {.struct_size = sizeof lanes};
    check(switchyard_block_statistics(chain, block, &lanes));
    printf("lanes %u threads %u aborts %llu\n", lanes.lanes, lanes.threads,
           (unsigned long long)lanes.aborts);
}

/* The slot 0 of what the first account created with its first transaction. */
static void print_counter(switchyard_chain *chain, switchyard_block *block) {
    switchyard_receipt receipt = {.struct_size = sizeof receipt};
    switchyard_word slot = {{0}}, value;
    for (uint32_t i = 0; switchyard_block_receipt(block, i, &receipt) == SWITCHYARD_OK; ++i) {
        if (!receipt.has_created_address) continue;
        check(switchyard_read_storage(chain, NULL, &receipt.created_address, &slot, &value));
        print_hex("contract", receipt.created_address.bytes, 20);
        printf("counter %u\n", value.bytes[31]);
    }
}

/* Another chain takes the block as it comes from anybody: it is executed over lanes and serially, and
 * everything that its header states is compared. */
static void execute_elsewhere(switchyard_block *block, const char *detector) {
    switchyard_options options;
    switchyard_chain *other;
    switchyard_bytes rlp;
    switchyard_block_info info = {.struct_size = sizeof info};

    check(switchyard_options_init(&options, sizeof options));
    options.flags = SWITCHYARD_CHECK_SERIALLY;
    options.execution = SWITCHYARD_EXECUTION_LANES;
    options.detector = detector;
    check(switchyard_open(&options, &other));
    check(switchyard_block_rlp(block, &rlp));
    check(switchyard_block_read(block, &info));
    check(switchyard_execute_block(other, rlp.data, rlp.length, &info.hash, 0, NULL));
    printf("executed elsewhere: the same block, over lanes and serially\n");
    check(switchyard_close(other));
}

int main(int argc, char **argv) {
    switchyard_options options;
    switchyard_chain *chain;
    switchyard_block *block;
    switchyard_detector_info detector = {.struct_size = sizeof detector};
    switchyard_block_attributes attributes = {.struct_size = sizeof attributes};

    if (argc < 2) {
        fprintf(stderr, "usage: example TRANSACTIONS [DETECTOR]\n");
        return 2;
    }
    if (switchyard_abi_version() != SWITCHYARD_ABI_VERSION) {
        fprintf(stderr, "example: compiled for another interface than the library's\n");
        return 1;
    }
    printf("libswitchyard %s, signatures on %s\n", switchyard_version(), switchyard_simd_target());

    check(switchyard_options_init(&options, sizeof options));
    options.execution = SWITCHYARD_EXECUTION_LANES;
    options.detector = argc > 2 ? argv[2] : NULL;
    check(switchyard_open(&options, &chain));
    check(switchyard_detector(chain, &detector));
    printf("detector %s%s\n", detector.name,
           detector.kind == SWITCHYARD_DETECTOR_EMULATED ? " (emulated: no hardware)" : "");

    if (submit_file(chain, argv[1]) == 0) return 1;
    attributes.timestamp = 12;
    check(switchyard_build_block(chain, &attributes, &block));
    print_block(chain, block);
    print_counter(chain, block);
    execute_elsewhere(block, options.detector);

    check(switchyard_block_release(block));
    check(switchyard_close(chain));
    return 0;
}
