// SPDX-License-Identifier: Apache-2.0
// The kernel's testbench: runs the top function on batches of every kind and compares each record
// with the golden model. Prints a line per case and ends with PASS or FAIL; exits 1 on FAIL. The
// same file serves an ordinary compiler and co-simulation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <random>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "hls/conflict_detector/golden_model.hpp"

#if defined(__BAMBU_SIM__)
#include <mdpi/mdpi_user.h>
#endif

namespace {
using namespace switchyard;
using hls::ModelAccess;
using hls::Word;

struct Transaction {
    std::vector<ModelAccess> accesses;
    uint32_t cost;
};
typedef std::vector<Transaction> Block;

// Co-simulation is slow; it divides the size of the large batches.
#if defined(SWITCHYARD_TB_DIVISOR)
const size_t kDivisor = SWITCHYARD_TB_DIVISOR;
#elif defined(__BAMBU_SIM__)
const size_t kDivisor = 10;
#else
const size_t kDivisor = 1;
#endif

const uint64_t kSeed = 0x5bd1e995a3c59ac3ull;
const uint32_t kInputWords = 4096;
const uint32_t kOutputWords = 4096;
Word input[kInputWords];
Word output[kOutputWords + 1];  // and a guard
uint32_t sequence = 100;

/// One start of the kernel on the two buffers.
void start(uint32_t input_words) {
#if defined(__BAMBU_SIM__)
    // Bambu's simulator must be told how much memory a pointer stands for.
    m_param_alloc(0, sizeof input);
    m_param_alloc(1, sizeof output);
#endif
    conflict_detector(input, output, input_words, kOutputWords);
}

template <typename T>
Word as_word(const T& value) {
    static_assert(sizeof(T) == sizeof(Word), "one word");
    Word word;
    memcpy(&word, &value, sizeof word);
    return word;
}

template <typename T>
T from_word(const Word& word) {
    T value;
    memcpy(&value, &word, sizeof value);
    return value;
}

/// Appends the descriptors of `transaction` at `position`; returns the position after them.
uint32_t put_transaction(const Transaction& transaction, uint32_t position) {
    const size_t count = transaction.accesses.size();
    const bool barrier = count > abi::kAccessesPerTransaction;
    size_t done = 0;
    do {
        abi::Descriptor d;
        memset(&d, 0, sizeof d);
        d.cost = transaction.cost;
        if (done == 0) d.flags |= abi::kDescriptorFirst;
        if (barrier) d.flags |= abi::kDescriptorBarrier;
        for (; !barrier && done < count && d.access_count < abi::kKeysPerDescriptor; ++done) {
            const ModelAccess& access = transaction.accesses[done];
            d.kinds = static_cast<uint16_t>(d.kinds | access.kind << (2 * d.access_count));
            d.keys[d.access_count++] = access.key;
        }
        if (barrier || done == count) d.flags |= abi::kDescriptorLast;
        input[position++] = as_word(d);
    } while (!barrier && done < count);
    return position;
}

abi::BatchHeader make_header(uint64_t batch_id, uint32_t part, uint32_t lanes) {
    abi::BatchHeader header;
    memset(&header, 0, sizeof header);
    header.magic = abi::kBatchMagic;
    header.version = abi::kVersion;
    header.flags = part == 0 ? abi::kBatchFirst : uint16_t{0};
    header.batch_id = batch_id;
    header.sequence = ++sequence;
    header.part = part;
    header.hash_seed = kSeed;
    header.lane_count = static_cast<uint16_t>(lanes);
    header.record_words = abi::record_words(lanes);
    return header;
}

uint32_t wait_of(const Word* record, uint32_t lane) {
    if (lane < abi::kWaitsInFirstWord) return from_word<abi::PlanRecord>(record[0]).waits[lane];
    const uint32_t rest = lane - abi::kWaitsInFirstWord;
    return from_word<abi::PlanRecordTail>(record[1 + rest / abi::kWaitsPerWord])
        .waits[rest % abi::kWaitsPerWord];
}

/// Runs transactions `begin` to `end` as one part and compares; false and a line on a difference.
bool run_part(const Block& block, size_t begin, size_t end, const abi::BatchHeader& request,
              hls::GoldenModel& model) {
    abi::BatchHeader header = request;
    uint32_t position = 1;
    for (size_t t = begin; t < end; ++t)
        position = put_transaction(block[t], position);
    header.transaction_count = static_cast<uint32_t>(end - begin);
    header.descriptor_count = position - 1;
    input[0] = as_word(header);
    memset(output, 0xa5, sizeof output);
    start(position);

    const abi::ResultHeader result = from_word<abi::ResultHeader>(output[0]);
    if (result.magic != abi::kResultMagic || result.status != abi::kStatusDone ||
        result.batch_id != header.batch_id || result.sequence != header.sequence ||
        result.part != header.part || result.transaction_count != header.transaction_count) {
        printf("  result header: status %u, %u transactions\n", unsigned{result.status},
               result.transaction_count);
        return false;
    }
    const uint64_t overflowed_before = model.overflowed_accesses();
    uint64_t check = 0;
    for (size_t t = begin; t < end; ++t) {
        const Word* words = output + 1 + (t - begin) * header.record_words;
        const abi::PlanRecord record = from_word<abi::PlanRecord>(words[0]);
        const hls::ModelPlacement expected = model.place(block[t].accesses, block[t].cost);
        bool same = record.transaction == t && record.sequence == header.sequence &&
                    record.lane == expected.lane && record.place == expected.place;
        for (uint32_t l = 0; same && l < header.lane_count; ++l)
            same = wait_of(words, l) == expected.waits[l];
        if (!same) {
            printf("  transaction %u: lane %u place %u, the model says lane %u place %u\n",
                   static_cast<unsigned>(t), unsigned{record.lane}, unsigned{record.place},
                   expected.lane, expected.place);
            return false;
        }
        for (uint32_t w = 0; w < header.record_words; ++w) {
            uint64_t folded = 0;
            for (uint32_t p = 0; p < 8; ++p)
                folded ^= words[w].part[p];
            check = abi::check_step(check, folded);
        }
    }
    const Word& beyond = output[1 + (end - begin) * header.record_words];
    if (beyond.part[0] != 0xa5a5a5a5a5a5a5a5ull) {
        printf("  a word beyond the last record was written\n");
        return false;
    }
    return check == result.check && result.makespan == model.makespan() &&
           result.overflowed_accesses == model.overflowed_accesses() - overflowed_before;
}

/// Runs a block in parts of `part_size` transactions.
bool run_block(const char* name, const Block& block, uint32_t lanes, size_t part_size) {
    static uint64_t batch_id = 0x1000;
    ++batch_id;
    hls::GoldenModel model(lanes, kSeed);
    bool same = true;
    size_t begin = 0;
    uint32_t part = 0;
    do {
        const size_t end = begin + part_size < block.size() ? begin + part_size : block.size();
        same = run_part(block, begin, end, make_header(batch_id, part++, lanes), model);
        begin = end;
    } while (same && begin < block.size());
    printf("%-32s %5u transactions %2u lanes %3u parts  %s\n", name,
           static_cast<unsigned>(block.size()), lanes, part, same ? "ok" : "DIFFERS");
    return same;
}

Block random_block(std::mt19937_64& random, size_t transactions, size_t keys_max, uint64_t keys,
                   unsigned hot_percent) {
    Block block(transactions / kDivisor);
    for (Transaction& transaction : block) {
        transaction.cost = static_cast<uint32_t>(21000 + random() % 500000);
        transaction.accesses.resize(random() % (keys_max + 1));
        for (ModelAccess& access : transaction.accesses) {
            const bool hot = random() % 100 < hot_percent;
            access.key = hot ? 7 : (random() % keys) * 0x9e3779b97f4a7c15ull;
            access.kind = static_cast<abi::AccessCode>(random() % 3);
        }
    }
    return block;
}

/// Keys of one bucket: more than it has ways, so that all but three share the overflow entry.
Block colliding_block(std::mt19937_64& random, size_t transactions) {
    uint64_t inverse = 1;  // of the odd multiplier modulo 2^64, by Newton's iteration
    for (int i = 0; i < 6; ++i)
        inverse *= 2 - (kSeed | 1) * inverse;
    Block block = random_block(random, transactions, 6, 1, 0);
    for (Transaction& transaction : block)
        for (ModelAccess& access : transaction.accesses)
            access.key = ((uint64_t{5} << (64 - abi::kBucketBits)) + random() % 12) * inverse;
    return block;
}

/// Each transaction writes what the next one reads.
Block chain_block(size_t transactions) {
    Block block(transactions / kDivisor);
    for (size_t t = 0; t < block.size(); ++t) {
        block[t].cost = 21000;
        block[t].accesses.push_back({t, abi::kAccessRead});
        block[t].accesses.push_back({t + 1, abi::kAccessWrite});
    }
    return block;
}

/// Costs of 1 to 3, so that lanes tie, and a barrier in ten, between keys that fill a bucket.
Block barrier_block(std::mt19937_64& random, size_t transactions) {
    Block block = colliding_block(random, transactions);
    for (Transaction& transaction : block) {
        transaction.cost = static_cast<uint32_t>(1 + random() % 3);
        if (random() % 10 == 0)
            transaction.accesses.resize(abi::kAccessesPerTransaction + 1, {4, abi::kAccessRead});
    }
    return block;
}

/// `keys` different keys, 7 a transaction.
Block distinct_block(size_t keys) {
    Block block((keys / kDivisor + 6) / 7);
    uint64_t key = 0;
    for (Transaction& transaction : block) {
        transaction.cost = static_cast<uint32_t>(21000 + key % 1000);
        for (int k = 0; k < 7 && key < keys; ++k, ++key)
            transaction.accesses.push_back(
                {key * 0x9e3779b97f4a7c15ull, static_cast<abi::AccessCode>(key % 3)});
    }
    return block;
}

/// Each malformed input must be answered with its status, and the next good block must work.
bool refuses(const char* name, uint16_t expected, uint32_t input_words) {
    memset(output, 0, sizeof output);
    start(input_words);
    const uint16_t status = from_word<abi::ResultHeader>(output[0]).status;
    printf("%-32s status %u  %s\n", name, unsigned{status}, status == expected ? "ok" : "WRONG");
    return status == expected;
}

bool refuses_malformed_input() {
    const Transaction transaction = {{{1, abi::kAccessWrite}}, 21000};
    abi::BatchHeader good = make_header(9, 0, 4);
    good.transaction_count = 1;
    good.descriptor_count = put_transaction(transaction, 1) - 1;
    abi::Descriptor descriptor = from_word<abi::Descriptor>(input[1]);
    bool ok = true;

    abi::BatchHeader bad = good;
    bad.magic = 0;
    input[0] = as_word(bad);
    ok &= refuses("wrong magic", abi::kStatusBadHeader, 2);
    bad = good;
    bad.lane_count = 65;
    input[0] = as_word(bad);
    ok &= refuses("65 lanes", abi::kStatusBadHeader, 2);
    bad = good;
    bad.descriptor_count = 0xffffffff;
    input[0] = as_word(bad);
    ok &= refuses("more descriptors than input", abi::kStatusBadHeader, 2);
    bad = good;
    bad.part = 3;
    bad.flags = 0;
    input[0] = as_word(bad);
    ok &= refuses("a part out of order", abi::kStatusOutOfOrder, 2);
    input[0] = as_word(good);
    ok &= refuses("input cut short", abi::kStatusBadHeader, 1);

    descriptor.access_count = 8;
    input[1] = as_word(descriptor);
    ok &= refuses("8 keys in a descriptor", abi::kStatusBadDescriptor, 2);
    descriptor.access_count = 1;
    descriptor.flags = abi::kDescriptorLast;
    input[1] = as_word(descriptor);
    ok &= refuses("a transaction without begin", abi::kStatusBadDescriptor, 2);
    descriptor.flags = abi::kDescriptorFirst;
    input[1] = as_word(descriptor);
    ok &= refuses("a transaction without end", abi::kStatusBadDescriptor, 2);
    return ok;
}

}  // namespace

int main() {
    std::mt19937_64 random(20260707);
    bool pass = true;

    pass &= run_block("empty", Block(), 4, 1);
    pass &= run_block("no keys", random_block(random, 100, 0, 1, 0), 4, 1000);
    pass &= run_block("all conflict", random_block(random, 200, 4, 1, 0), 8, 1000);
    pass &= run_block("one hot key in 30%", random_block(random, 400, 8, 100000, 30), 8, 1000);
    pass &= run_block("full buffers", random_block(random, kInputWords - 1, 7, 5000, 5), 16, 9999);
    pass &= run_block("long transactions", random_block(random, 300, 40, 5000, 5), 16, 1000);
    pass &= run_block("64 lanes, 3 words a record", random_block(random, 300, 8, 200, 5), 64, 1000);
    pass &= run_block("32 lanes, 2 words a record", random_block(random, 300, 8, 200, 5), 32, 1000);
    pass &= run_block("one bucket", colliding_block(random, 300), 8, 1000);
    pass &= run_block("in parts of 7", random_block(random, 300, 8, 60, 10), 8, 7);

    Block wide = random_block(random, 60, 8, 60, 10);
    wide[wide.size() / 3].accesses.resize(abi::kAccessesPerTransaction, {3, abi::kAccessRead});
    wide[2 * wide.size() / 3].accesses.resize(abi::kAccessesPerTransaction + 1,
                                              {4, abi::kAccessRead});
    pass &= run_block("widest transaction and barrier", wide, 8, 1000);

    pass &= run_block("ties and barriers", barrier_block(random, 300), 5, 1000);
    pass &= run_block("a chain", chain_block(400), 8, 1000);
    pass &= run_block("65,536 keys, in parts", distinct_block(65536), 16, kInputWords - 1);
    for (uint32_t lanes = 1; lanes <= abi::kLanes; lanes += kDivisor == 1 ? 1 : 9)
        pass &= run_block("random", random_block(random, 200, 8, 300, 10), lanes, 64);

    pass &= refuses_malformed_input();
    pass &= run_block("after the malformed ones", random_block(random, 50, 8, 60, 10), 8, 1000);

    printf("%s\n", pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}
