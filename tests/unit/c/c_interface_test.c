/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface from C: what it promises, and what it does with what it was never promised.
 *
 *     c_interface_test TRANSACTIONS     those of the examples */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/c/switchyard.h"

static int failures = 0;
static int checks = 0;

#define CHECK(condition)                                                          \
    do {                                                                          \
        ++checks;                                                                 \
        if (!(condition)) {                                                       \
            ++failures;                                                           \
            printf("%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition,            \
                   switchyard_error_message());                                   \
        }                                                                         \
    } while (0)
#define EXPECT(status, call) CHECK((call) == (status))

enum { kCount = 5, kBytesMax = 1024 };
static uint8_t bytes[kCount][kBytesMax];
static switchyard_bytes transactions[kCount];

static void read_transactions(const char *name) {
    char line[2 * kBytesMax + 4];
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        printf("cannot read %s\n", name);
        exit(1);
    }
    for (int i = 0; i < kCount && fgets(line, sizeof line, file) != NULL; ++i) {
        unsigned byte;
        size_t length = 0;
        while (length < kBytesMax && sscanf(line + 2 + 2 * length, "%2x", &byte) == 1)
            bytes[i][length++] = (uint8_t)byte;
        transactions[i].data = bytes[i];
        transactions[i].length = length;
    }
    fclose(file);
}

static switchyard_chain *open_chain(uint32_t flags) {
    switchyard_options options;
    switchyard_chain *chain = NULL;
    EXPECT(SWITCHYARD_OK, switchyard_options_init(&options, sizeof options));
    options.execution = SWITCHYARD_EXECUTION_LANES;
    options.threads = 2;
    options.cache_bytes = 16 << 20;
    options.flags = flags;
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    return chain;
}

static switchyard_block *build(switchyard_chain *chain, uint64_t timestamp) {
    switchyard_block_attributes attributes = {.struct_size = sizeof attributes};
    switchyard_block *block = NULL;
    attributes.timestamp = timestamp;
    EXPECT(SWITCHYARD_OK, switchyard_build_block(chain, &attributes, &block));
    return block;
}

static switchyard_block_info info_of(switchyard_block *block) {
    switchyard_block_info info = {.struct_size = sizeof info};
    EXPECT(SWITCHYARD_OK, switchyard_block_read(block, &info));
    return info;
}

static void test_words(void) {
    CHECK(switchyard_abi_version() == SWITCHYARD_ABI_VERSION);
    CHECK(strlen(switchyard_version()) >= 5);
    CHECK(strlen(switchyard_simd_target()) >= 3);
    CHECK(strcmp(switchyard_status_text(SWITCHYARD_OK), "ok") == 0);
    CHECK(strcmp(switchyard_status_text(SWITCHYARD_OUT_OF_MEMORY), "out of memory") == 0);
    CHECK(strcmp(switchyard_status_text(-1), "unknown status") == 0);
    CHECK(strcmp(switchyard_status_text(14), "unknown status") == 0);
    CHECK(strcmp(switchyard_verdict_text(SWITCHYARD_ACCEPTED), "accepted") == 0);
    CHECK(strcmp(switchyard_verdict_text(SWITCHYARD_NONCE_TOO_LOW), "nonce too low") == 0);
    CHECK(strcmp(switchyard_verdict_text(200), "unknown verdict") == 0);
    for (int verdict = 0; verdict <= SWITCHYARD_NOT_DURABLE; ++verdict)
        CHECK(switchyard_verdict_text((switchyard_verdict)verdict)[0] != '\0');
}

static void test_handles(void) {
    switchyard_chain *chain = open_chain(0);
    switchyard_block *block = NULL;
    switchyard_subscription *subscription = NULL;
    switchyard_event event = {.struct_size = sizeof event};
    switchyard_pool_info pool = {.struct_size = sizeof pool};
    switchyard_block_info info = {.struct_size = sizeof info};

    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_close(NULL));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_block_release(NULL));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_unsubscribe(NULL));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_pool(NULL, &pool));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_build_block(NULL, NULL, &block));
    CHECK(strstr(switchyard_error_message(), "switchyard_build_block: ") != NULL);
    CHECK(block == NULL);

    EXPECT(SWITCHYARD_OK, switchyard_head(chain, &block));
    EXPECT(SWITCHYARD_OK, switchyard_subscribe(chain, 4, &subscription));
    /* One kind for another, and pointers that never were handles. */
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_close((switchyard_chain *)block));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_block_release((switchyard_block *)subscription));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_unsubscribe((switchyard_subscription *)chain));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_pool((switchyard_chain *)&pool, &pool));

    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_close(chain));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_pool(chain, &pool));
    /* What was handed out outlives the chain. */
    EXPECT(SWITCHYARD_OK, switchyard_block_read(block, &info));
    CHECK(info.number == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_block_release(block));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_block_read(block, &info));
    EXPECT(SWITCHYARD_CLOSED, switchyard_next_event(subscription, 1000, &event));
    EXPECT(SWITCHYARD_OK, switchyard_unsubscribe(subscription));
    EXPECT(SWITCHYARD_INVALID_HANDLE, switchyard_unsubscribe(subscription));
}

static void test_null_arguments(void) {
    switchyard_chain *chain = open_chain(0);
    switchyard_address address = {{0}};
    switchyard_word word = {{0}};
    switchyard_verdict verdict = 99;
    switchyard_bytes broken = {NULL, 1};
    switchyard_block *block = NULL;
    size_t length = 0;
    uint8_t buffer[1];

    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(NULL, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_options_init(NULL, sizeof(switchyard_options)));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_submit(chain, NULL, 1, &verdict, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_submit(chain, transactions, 1, NULL, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_submit(chain, &broken, 1, &verdict, NULL));
    CHECK(verdict == 99);
    EXPECT(SWITCHYARD_LIMIT_EXCEEDED,
           switchyard_submit(chain, transactions, (size_t)1 << 40, &verdict, NULL));
    EXPECT(SWITCHYARD_OK, switchyard_submit(chain, NULL, 0, NULL, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_pool(chain, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_detector(chain, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_execute_block(chain, NULL, 1, NULL, 0, &block));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_execute_block(chain, buffer, 0, NULL, 0, &block));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_execute_block(chain, buffer, 1, NULL, 2, &block));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_set_head(chain, NULL));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_set_head(chain, &word));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_head(chain, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_block_by_hash(chain, NULL, &block));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_by_hash(chain, &word, &block));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_by_number(chain, 1, &block));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_by_number(chain, UINT64_MAX, &block));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_of_transaction(chain, &word, &block, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_read_account(chain, NULL, NULL, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_read_storage(chain, NULL, &address, NULL, &word));
    EXPECT(SWITCHYARD_INVALID_INPUT,
           switchyard_read_code(chain, NULL, &address, NULL, 1, &length));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_read_code(chain, NULL, &address, buffer, 1, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_subscribe(chain, 1, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_development_account(0, NULL, NULL));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_development_account(10, &address, NULL));
    CHECK(block == NULL);
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

static void test_sizes(void) {
    /* A program with a newer header: more members, which must be zero for a library that does not
     * know them. */
    struct {
        switchyard_options options;
        uint64_t newer[2];
    } larger;
    struct {
        switchyard_block_info info;
        uint64_t newer;
    } result;
    switchyard_chain *chain = NULL;
    switchyard_block *block = NULL;
    switchyard_pool_info pool;

    EXPECT(SWITCHYARD_OK, switchyard_options_init(&larger.options, sizeof larger));
    CHECK(larger.options.struct_size == sizeof larger);
    CHECK(larger.newer[1] == 0);
    larger.newer[1] = 1;
    EXPECT(SWITCHYARD_UNSUPPORTED, switchyard_open(&larger.options, &chain));
    larger.newer[1] = 0;
    larger.options.struct_size = 8;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&larger.options, &chain));
    larger.options.struct_size = SIZE_MAX;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&larger.options, &chain));
    CHECK(chain == NULL);
    larger.options.struct_size = sizeof larger;
    EXPECT(SWITCHYARD_OK, switchyard_open(&larger.options, &chain));

    pool.struct_size = 0;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_pool(chain, &pool));
    pool.struct_size = sizeof pool - 1;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_pool(chain, &pool));
    EXPECT(SWITCHYARD_OK, switchyard_head(chain, &block));
    result.info.struct_size = sizeof result;
    result.newer = 77;
    EXPECT(SWITCHYARD_OK, switchyard_block_read(block, &result.info));
    CHECK(result.info.gas_limit == 36000000);
    CHECK(result.newer == 77);
    CHECK(result.info.struct_size == sizeof result);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

static void test_options(void) {
    static const char genesis[] =
        "{\"config\":{\"chainId\":31337,\"homesteadBlock\":0,\"eip150Block\":0,\"eip155Block\":0,"
        "\"eip158Block\":0,\"byzantiumBlock\":0,\"constantinopleBlock\":0,\"petersburgBlock\":0,"
        "\"istanbulBlock\":0,\"berlinBlock\":0,\"londonBlock\":0,\"terminalTotalDifficulty\":0,"
        "\"shanghaiTime\":0},\"difficulty\":\"0x0\",\"gasLimit\":\"0x1c9c380\",\"alloc\":{"
        "\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\":{\"balance\":\"0x8ac7230489e80000\"}}}";
    switchyard_options options;
    switchyard_chain *chain = NULL;
    switchyard_account account = {.struct_size = sizeof account};
    switchyard_address address;
    switchyard_block *block = NULL;

    EXPECT(SWITCHYARD_OK, switchyard_options_init(&options, sizeof options));
    options.genesis_json = genesis;
    options.genesis_file = "x";
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.genesis_json = NULL;
    options.genesis_file = "/no/such/file";
    EXPECT(SWITCHYARD_IO, switchyard_open(&options, &chain));
    CHECK(strstr(switchyard_error_message(), "/no/such/file") != NULL);
    options.genesis_file = NULL;
    options.genesis_json = "{}";
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.genesis_json = genesis;
    options.genesis_json_length = 10;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.genesis_json_length = 0;
    options.detector = "abacus";
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_open(&options, &chain));
    options.detector = NULL;
    options.lanes = 65;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.lanes = 0;
    options.sync = 2;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.sync = 0;
    options.flags = 2;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.flags = 0;
    options.folder = "/proc/no/such/folder";
    EXPECT(SWITCHYARD_IO, switchyard_open(&options, &chain));
    options.folder = NULL;
    CHECK(chain == NULL);
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    EXPECT(SWITCHYARD_OK, switchyard_development_account(0, &address, NULL));
    EXPECT(SWITCHYARD_OK, switchyard_read_account(chain, NULL, &address, &account));
    CHECK(account.exists == 1);
    CHECK(account.balance.bytes[24] == 0x8a && account.balance.bytes[25] == 0xc7);
    EXPECT(SWITCHYARD_OK, switchyard_block_by_number(chain, 0, &block));
    CHECK(info_of(block).gas_limit == 30000000);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));

    EXPECT(SWITCHYARD_OK, switchyard_options_init(&options, sizeof options));
    options.development_fork = "Atlantis";
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.development_fork = "London";
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    options.development_fork = "Shanghai";
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

/* The block of the examples' transactions, on every detector that runs everywhere. */
static void test_block(const char *detector, uint32_t kind) {
    switchyard_options options;
    switchyard_chain *chain = NULL;
    switchyard_block *block = NULL;
    switchyard_block *again = NULL;
    switchyard_detector_info seen = {.struct_size = sizeof seen};
    switchyard_pool_info pool = {.struct_size = sizeof pool};
    switchyard_receipt receipt = {.struct_size = sizeof receipt};
    switchyard_log log = {.struct_size = sizeof log};
    switchyard_lane_statistics lanes = {.struct_size = sizeof lanes};
    switchyard_account account = {.struct_size = sizeof account};
    switchyard_verdict verdicts[kCount];
    switchyard_word hashes[kCount];
    switchyard_word slot = {{0}};
    switchyard_word value;
    switchyard_address contract;
    switchyard_bytes rlp;
    uint8_t code[64];
    size_t length = 0;
    uint32_t index = 99;

    EXPECT(SWITCHYARD_OK, switchyard_options_init(&options, sizeof options));
    options.detector = detector;
    options.execution = SWITCHYARD_EXECUTION_LANES;
    options.lanes = 4;
    options.threads = 2;
    options.flags = SWITCHYARD_CHECK_SERIALLY;
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    EXPECT(SWITCHYARD_OK, switchyard_submit(chain, transactions, kCount, verdicts, hashes));
    for (int i = 0; i < kCount; ++i)
        CHECK(verdicts[i] == SWITCHYARD_ACCEPTED);
    EXPECT(SWITCHYARD_OK, switchyard_submit(chain, transactions, 1, verdicts, NULL));
    CHECK(verdicts[0] == SWITCHYARD_DUPLICATE);
    EXPECT(SWITCHYARD_OK, switchyard_pool(chain, &pool));
    CHECK(pool.executable == kCount && pool.queued == 0 && pool.senders == 4);

    block = build(chain, 12);
    const switchyard_block_info info = info_of(block);
    CHECK(info.number == 1 && info.timestamp == 12 && info.transaction_count == kCount);
    EXPECT(SWITCHYARD_OK, switchyard_detector(chain, &seen));
    CHECK(strcmp(seen.name, detector) == 0);
    CHECK(seen.kind == kind);
    CHECK(seen.batches >= 1 && seen.failures == 0 && seen.fallbacks == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_statistics(chain, block, &lanes));
    CHECK(lanes.lanes == 4 && lanes.transactions == kCount);
    CHECK(lanes.executions == lanes.transactions + lanes.aborts);

    /* The contract, its two callers, then payments. */
    uint64_t gas = 0;
    for (uint32_t i = 0; i < kCount; ++i) {
        EXPECT(SWITCHYARD_OK, switchyard_block_receipt(block, i, &receipt));
        CHECK(receipt.success == 1 && receipt.type == 2);
        gas += receipt.gas_used;
        CHECK(receipt.cumulative_gas_used == gas);
        CHECK(receipt.has_created_address == (i == 0));
        CHECK(receipt.log_count == (uint32_t)(i == 1 || i == 2));
        if (i == 0) contract = receipt.created_address;
    }
    CHECK(gas == info.gas_used);
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_receipt(block, kCount, &receipt));
    EXPECT(SWITCHYARD_OK, switchyard_block_log(block, 2, 0, &log));
    CHECK(memcmp(log.address.bytes, contract.bytes, 20) == 0);
    CHECK(log.topic_count == 0 && log.data.length == 32 && log.data.data[31] == 2);
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_log(block, 2, 1, &log));
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_block_log(block, kCount, 0, &log));
    EXPECT(SWITCHYARD_OK, switchyard_block_of_transaction(chain, &hashes[0], &again, &index));
    CHECK(index == 0 && info_of(again).number == 1);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(again));

    /* State at the head and before. */
    EXPECT(SWITCHYARD_OK, switchyard_read_storage(chain, NULL, &contract, &slot, &value));
    CHECK(value.bytes[31] == 2 && value.bytes[0] == 0);
    EXPECT(SWITCHYARD_OK, switchyard_read_account(chain, NULL, &contract, &account));
    CHECK(account.exists == 1 && account.nonce == 1);
    EXPECT(SWITCHYARD_LIMIT_EXCEEDED, switchyard_read_code(chain, NULL, &contract, code, 3, &length));
    CHECK(length == 15);
    EXPECT(SWITCHYARD_OK,
           switchyard_read_code(chain, NULL, &contract, code, sizeof code, &length));
    CHECK(length == 15 && code[0] == 0x5f && code[1] == 0x54);
    EXPECT(SWITCHYARD_OK, switchyard_block_by_number(chain, 0, &again));
    EXPECT(SWITCHYARD_OK, switchyard_read_storage(chain, again, &contract, &slot, &value));
    CHECK(value.bytes[31] == 0);
    EXPECT(SWITCHYARD_OK, switchyard_read_account(chain, again, &contract, &account));
    CHECK(account.exists == 0 && account.nonce == 0);
    EXPECT(SWITCHYARD_OK, switchyard_read_code(chain, again, &contract, code, 0, &length));
    CHECK(length == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(again));

    /* The same block on another chain. */
    switchyard_chain *other = open_chain(SWITCHYARD_CHECK_SERIALLY);
    EXPECT(SWITCHYARD_OK, switchyard_block_rlp(block, &rlp));
    CHECK(rlp.length == info.rlp_length);
    EXPECT(SWITCHYARD_NOT_FOUND, switchyard_read_account(other, block, &contract, &account));
    EXPECT(SWITCHYARD_MISMATCH,
           switchyard_execute_block(other, rlp.data, rlp.length, &slot, 0, NULL));
    EXPECT(SWITCHYARD_INVALID_INPUT,
           switchyard_execute_block(other, rlp.data, rlp.length - 1, NULL, 0, NULL));
    EXPECT(SWITCHYARD_OK, switchyard_execute_block(other, rlp.data, rlp.length, &info.hash,
                                                   SWITCHYARD_KEEP_HEAD, &again));
    CHECK(memcmp(info_of(again).state_root.bytes, info.state_root.bytes, 32) == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(again));
    EXPECT(SWITCHYARD_OK, switchyard_head(other, &again));
    CHECK(info_of(again).number == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(again));
    EXPECT(SWITCHYARD_OK, switchyard_set_head(other, &info.hash));
    EXPECT(SWITCHYARD_OK, switchyard_head(other, &again));
    CHECK(info_of(again).number == 1);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(again));
    EXPECT(SWITCHYARD_OK, switchyard_close(other));
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

static void test_attributes(void) {
    switchyard_chain *chain = open_chain(0);
    switchyard_block_attributes attributes = {.struct_size = sizeof attributes};
    switchyard_withdrawal withdrawals[17] = {{.address = {{0x99}}, .amount_gwei = 3}};
    switchyard_block *block = NULL;
    switchyard_account account = {.struct_size = sizeof account};
    static const uint8_t extra[33] = "extra";

    attributes.timestamp = 5;
    attributes.extra_data = extra;
    attributes.extra_data_length = 33;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_build_block(chain, &attributes, &block));
    attributes.extra_data_length = 5;
    attributes.withdrawal_count = 1;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_build_block(chain, &attributes, &block));
    attributes.withdrawals = withdrawals;
    attributes.withdrawal_count = 17;
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_build_block(chain, &attributes, &block));
    attributes.withdrawal_count = 1;
    memset(attributes.beneficiary.bytes, 7, 20);
    EXPECT(SWITCHYARD_OK, switchyard_build_block(chain, &attributes, &block));
    CHECK(info_of(block).beneficiary.bytes[19] == 7);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK,
           switchyard_read_account(chain, NULL, &withdrawals[0].address, &account));
    CHECK(account.exists == 1); /* 3 Gwei: 0xb2d05e00 */
    CHECK(account.balance.bytes[28] == 0xb2 && account.balance.bytes[29] == 0xd0);
    /* Time stands still. */
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_build_block(chain, &attributes, NULL));
    /* The clock's time, and nobody wants the handle. */
    EXPECT(SWITCHYARD_OK, switchyard_build_block(chain, NULL, NULL));
    EXPECT(SWITCHYARD_OK, switchyard_head(chain, &block));
    CHECK(info_of(block).number == 2 && info_of(block).timestamp > 1700000000);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

static void test_subscription(void) {
    switchyard_chain *chain = open_chain(0);
    switchyard_chain *other = open_chain(0);
    switchyard_subscription *subscription = NULL;
    switchyard_event event = {.struct_size = sizeof event};
    switchyard_bytes rlp;
    switchyard_block *block;

    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_subscribe(chain, 0, &subscription));
    EXPECT(SWITCHYARD_OK, switchyard_subscribe(chain, 8, &subscription));
    EXPECT(SWITCHYARD_TIMEOUT, switchyard_next_event(subscription, 0, &event));
    EXPECT(SWITCHYARD_TIMEOUT, switchyard_next_event(subscription, 10, &event));
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_next_event(subscription, UINT32_MAX, &event));
    EXPECT(SWITCHYARD_OK, switchyard_block_release(build(chain, 12)));
    block = build(other, 13);
    EXPECT(SWITCHYARD_OK, switchyard_block_rlp(block, &rlp));
    EXPECT(SWITCHYARD_OK, switchyard_execute_block(chain, rlp.data, rlp.length, NULL, 0, NULL));

    static const uint32_t kinds[] = {SWITCHYARD_BLOCK_ADDED, SWITCHYARD_BLOCK_REMOVED,
                                     SWITCHYARD_BLOCK_ADDED};
    static const uint64_t times[] = {12, 12, 13};
    for (int i = 0; i < 3; ++i) {
        EXPECT(SWITCHYARD_OK, switchyard_next_event(subscription, 0, &event));
        CHECK(event.kind == kinds[i] && event.missed == 0);
        CHECK(info_of(event.block).timestamp == times[i]);
        EXPECT(SWITCHYARD_OK, switchyard_block_release(event.block));
    }
    EXPECT(SWITCHYARD_TIMEOUT, switchyard_next_event(subscription, 0, &event));
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_unsubscribe(subscription));
    EXPECT(SWITCHYARD_OK, switchyard_close(other));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
}

static void test_folder(void) {
    char folder[] = "/tmp/switchyard-c-XXXXXX";
    char path[64];
    switchyard_options options;
    switchyard_chain *chain = NULL;
    switchyard_chain *second = NULL;
    switchyard_block *block = NULL;
    switchyard_pool_info pool = {.struct_size = sizeof pool};
    switchyard_verdict verdicts[kCount];

    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/chain", folder);
    EXPECT(SWITCHYARD_OK, switchyard_options_init(&options, sizeof options));
    options.folder = path;
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    EXPECT(SWITCHYARD_UNAVAILABLE, switchyard_open(&options, &second));
    EXPECT(SWITCHYARD_OK, switchyard_submit(chain, transactions, 1, verdicts, NULL));
    block = build(chain, 12);
    const switchyard_word hash = info_of(block).hash;
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_submit(chain, transactions + 1, 2, verdicts, NULL));
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
    EXPECT(SWITCHYARD_OK, switchyard_open(&options, &chain));
    EXPECT(SWITCHYARD_OK, switchyard_head(chain, &block));
    CHECK(memcmp(info_of(block).hash.bytes, hash.bytes, 32) == 0);
    EXPECT(SWITCHYARD_OK, switchyard_block_release(block));
    EXPECT(SWITCHYARD_OK, switchyard_pool(chain, &pool));
    CHECK(pool.executable == 2);
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
    options.development_chain_id = 5;
    options.development_fork = "Cancun";
    EXPECT(SWITCHYARD_INVALID_INPUT, switchyard_open(&options, &chain));
    snprintf(path, sizeof path, "rm -r %s", folder);
    CHECK(system(path) == 0);
}

/* Threads on one chain: one submits and builds, others read and follow, and the chain is closed under
 * their feet. */
struct shared {
    switchyard_chain *chain;
    switchyard_subscription *subscription;
    uint64_t events;
    uint64_t reads;
    int wrong;
};

static void *follow(void *argument) {
    struct shared *shared = argument;
    switchyard_event event = {.struct_size = sizeof event};
    switchyard_status status;
    while ((status = switchyard_next_event(shared->subscription, 60000, &event)) == SWITCHYARD_OK) {
        ++shared->events;
        if (switchyard_block_release(event.block) != SWITCHYARD_OK) shared->wrong = 1;
    }
    if (status != SWITCHYARD_CLOSED) shared->wrong = 1;
    return NULL;
}

static void *read_until_closed(void *argument) {
    struct shared *shared = argument;
    switchyard_account account = {.struct_size = sizeof account};
    switchyard_address address;
    switchyard_status status = switchyard_development_account(0, &address, NULL);
    while (status == SWITCHYARD_OK) {
        status = switchyard_read_account(shared->chain, NULL, &address, &account);
        if (status == SWITCHYARD_OK && account.exists != 1) shared->wrong = 1;
        ++shared->reads;
    }
    if (status != SWITCHYARD_INVALID_HANDLE) shared->wrong = 1;
    if (strstr(switchyard_error_message(), "switchyard_read_account") == NULL) shared->wrong = 1;
    return NULL;
}

static void *submit_twice(void *argument) {
    struct shared *shared = argument;
    switchyard_verdict verdicts[kCount];
    for (int i = 0; i < 2; ++i)
        if (switchyard_submit(shared->chain, transactions, kCount, verdicts, NULL) != SWITCHYARD_OK)
            shared->wrong = 1;
    return NULL;
}

static void test_threads(void) {
    enum { kReaders = 2, kBlocks = 4 };
    struct shared shared[kReaders + 2];
    pthread_t threads[kReaders + 2];
    switchyard_chain *chain = open_chain(0);
    memset(shared, 0, sizeof shared);
    for (int i = 0; i < kReaders + 2; ++i)
        shared[i].chain = chain;
    EXPECT(SWITCHYARD_OK, switchyard_subscribe(chain, 64, &shared[0].subscription));
    CHECK(pthread_create(&threads[0], NULL, follow, &shared[0]) == 0);
    CHECK(pthread_create(&threads[1], NULL, submit_twice, &shared[1]) == 0);
    for (int i = 0; i < kReaders; ++i)
        CHECK(pthread_create(&threads[2 + i], NULL, read_until_closed, &shared[2 + i]) == 0);
    for (int i = 0; i < kBlocks; ++i)
        EXPECT(SWITCHYARD_OK, switchyard_block_release(build(chain, 12 * (uint64_t)(i + 1))));
    CHECK(pthread_join(threads[1], NULL) == 0);
    EXPECT(SWITCHYARD_OK, switchyard_close(chain));
    CHECK(pthread_join(threads[0], NULL) == 0);
    for (int i = 0; i < kReaders; ++i)
        CHECK(pthread_join(threads[2 + i], NULL) == 0);
    CHECK(shared[0].events == kBlocks);
    for (int i = 0; i < kReaders + 2; ++i)
        CHECK(shared[i].wrong == 0);
    EXPECT(SWITCHYARD_OK, switchyard_unsubscribe(shared[0].subscription));
}

int main(int argc, char **argv) {
    if (argc != 2) {
        printf("usage: c_interface_test TRANSACTIONS\n");
        return 2;
    }
    read_transactions(argv[1]);
    test_words();
    test_handles();
    test_null_arguments();
    test_sizes();
    test_options();
    test_block("software", SWITCHYARD_DETECTOR_SOFTWARE);
    test_block("reference", SWITCHYARD_DETECTOR_SOFTWARE);
#ifdef SWITCHYARD_HAVE_EMULATION
    test_block("emulation", SWITCHYARD_DETECTOR_EMULATED);
#endif
    test_attributes();
    test_subscription();
    test_folder();
    test_threads();
    printf("%d checks, %d failures\n", checks, failures);
    return failures == 0 && checks > 0 ? 0 : 1;
}
