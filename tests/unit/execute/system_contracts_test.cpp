// SPDX-License-Identifier: Apache-2.0
// EIP-2935 at the block of its fork, and the deposits of EIP-6110, by what the EIPs say.
#include "host/execute/system_contracts.hpp"

#include <openssl/sha.h>

#include "host/core/hex.hpp"
#include "host/execute/requests.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

Bytes32 sha256(BytesView data) {
    Bytes32 out;
    SHA256(data.data(), data.size(), out.data());
    return out;
}

class SystemContracts : public ExecuteFixture {
  protected:
    SystemContracts() {
        use(Revision::Prague);
        give(sender_, Uint256(kEther));
        give(withdrawal_requests_contract(), Uint256(0), 1, Bytes{0x00});
        give(consolidation_requests_contract(), Uint256(0), 1, Bytes{0x00});
    }
    /// Executes the block of `header_` and moves the state past it.
    [[nodiscard]] BlockResult advance(std::span<const SignedTransaction> transactions = {}) {
        auto result = execute_block_serial(input(transactions), state_);
        EXPECT_TRUE(result) << result.error().message;
        if (!result) return {};
        state_.apply(result->changes);
        return *std::move(result);
    }
};

// --- EIP-2935

class HistoryTransition : public SystemContracts {
  protected:
    HistoryTransition() {
        give(block_hashes_contract(), Uint256(0), 1, *from_hex(kHistoryCode));
        header_.parent_beacon_block_root.reset();
    }
    /// Executes block `number`, whose parent's hash starts with the bytes of the parent's number.
    void block(uint64_t number, Revision revision) {
        use(revision);
        header_.number = number;
        header_.parent_hash = hash_of(number - 1);
        static_cast<void>(advance());
    }
    static Bytes32 hash_of(uint64_t number) {
        return to_bytes32(Uint256(number) + (Uint256(0xbb) << 248));
    }
    [[nodiscard]] Uint256 slot(uint64_t number) const {
        return state_.storage(block_hashes_contract(), Uint256(number % 8191));
    }
    /// What the contract answers to `number`; no value when it reverts.
    [[nodiscard]] std::optional<Bytes32> ask(uint64_t number) {
        auto transaction = payment();
        transaction.transaction.to = block_hashes_contract();
        transaction.transaction.value = Uint256(0);
        const Bytes32 argument = to_bytes32(Uint256(number));
        transaction.transaction.data.assign(argument.begin(), argument.end());
        const auto outcome = run(transaction);
        if (!outcome.success() || outcome.output.size() != 32) return std::nullopt;
        return fixed_bytes_unchecked<32>(outcome.output);
    }
};

TEST_F(HistoryTransition, StartsWithTheParentOfTheForkBlock) {
    block(9'999, Revision::Cancun);
    EXPECT_EQ(slot(9'998), Uint256(0));
    block(10'000, Revision::Prague);
    EXPECT_EQ(slot(9'999), to_uint256(hash_of(9'999)));
    EXPECT_EQ(slot(9'998), Uint256(0)) << "nothing is filled in for the blocks before";
    block(10'001, Revision::Prague);
    EXPECT_EQ(slot(10'000), to_uint256(hash_of(10'000)));
    EXPECT_EQ(slot(9'999), to_uint256(hash_of(9'999)));
}

TEST_F(HistoryTransition, AnswersForTheWindowOnly) {
    block(10'000, Revision::Prague);
    EXPECT_EQ(ask(9'999), hash_of(9'999));
    EXPECT_EQ(ask(9'998), Bytes32{}) << "before the fork";
    EXPECT_EQ(ask(10'000 - 8'191), Bytes32{}) << "the oldest of the window";
    EXPECT_EQ(ask(10'000 - 8'192), std::nullopt);
    EXPECT_EQ(ask(10'000), std::nullopt) << "its own number";
    EXPECT_EQ(ask(10'001), std::nullopt);
}

TEST_F(HistoryTransition, ReusesASlotAfter8191Blocks) {
    block(10'000, Revision::Prague);
    block(10'000 + 8'191, Revision::Prague);
    EXPECT_EQ(slot(9'999), to_uint256(hash_of(9'999 + 8'191)));
    EXPECT_EQ(ask(9'999), std::nullopt);
}

TEST_F(HistoryTransition, WorksInTheFirstBlocksOfAChain) {
    block(1, Revision::Prague);
    EXPECT_EQ(slot(0), to_uint256(hash_of(0)));
}

TEST_F(HistoryTransition, DoesNothingWithoutTheContract) {
    give(block_hashes_contract(), Uint256(0), 1);
    use(Revision::Prague);
    header_.parent_hash = hash_of(0);
    const BlockResult result = advance();
    EXPECT_EQ(result.changes.find(block_hashes_contract()), nullptr);
}

TEST_F(HistoryTransition, CostsTheBlockNoGas) {
    use(Revision::Prague);
    header_.parent_hash = hash_of(0);
    EXPECT_EQ(advance().gas_used, 0u);
}

// --- EIP-6110

constexpr const char* kDepositTopic =
    "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5";

/// The five fields of a deposit, each filled with a byte of its own.
struct Deposit {
    Bytes public_key;
    Bytes credentials;
    Bytes amount;
    Bytes signature;
    Bytes index;

    explicit Deposit(uint8_t seed)
        : public_key(48, seed),
          credentials(32, static_cast<uint8_t>(seed + 1)),
          amount(8, static_cast<uint8_t>(seed + 2)),
          signature(96, static_cast<uint8_t>(seed + 3)),
          index(8, static_cast<uint8_t>(seed + 4)) {}

    /// As the request holds it: the fields one after another, 192 bytes.
    [[nodiscard]] Bytes request() const {
        Bytes out;
        for (const Bytes* field : {&public_key, &credentials, &amount, &signature, &index})
            out.insert(out.end(), field->begin(), field->end());
        return out;
    }
    /// As the event holds it: Solidity's ABI encoding of five `bytes`.
    [[nodiscard]] Bytes event() const {
        Bytes heads;
        Bytes tails;
        const auto word = [](Bytes& out, uint64_t value) {
            const Bytes32 bytes = to_bytes32(Uint256(value));
            out.insert(out.end(), bytes.begin(), bytes.end());
        };
        for (const Bytes* field : {&public_key, &credentials, &amount, &signature, &index}) {
            word(heads, 5 * 32 + tails.size());
            word(tails, field->size());
            tails.insert(tails.end(), field->begin(), field->end());
            tails.resize((tails.size() + 31) / 32 * 32);
        }
        heads.insert(heads.end(), tails.begin(), tails.end());
        return heads;
    }
};

class Deposits : public SystemContracts {
  protected:
    /// Logs its call data under the topic; reverts afterwards when sent value.
    static Bytes logger(std::string_view topic) {
        const Bytes head{0x36, 0x60, 0x00, 0x60, 0x00, 0x37};  // calldatacopy(0, 0, calldatasize)
        Bytes code = head;
        code.push_back(0x7f);
        const Bytes topic_bytes = *from_hex(topic);
        code.insert(code.end(), topic_bytes.begin(), topic_bytes.end());
        code.insert(code.end(), {0x36, 0x60, 0x00, 0xa1});  // log1(0, calldatasize, topic)
        const auto target = static_cast<uint8_t>(code.size() + 5);
        code.insert(code.end(),
                    {0x34, 0x60, target, 0x57, 0x00, 0x5b, 0x60, 0x00, 0x60, 0x00, 0xfd});
        return code;
    }
    Deposits() { give(kMainnetDepositContract, Uint256(0), 1, logger(kDepositTopic)); }

    [[nodiscard]] SignedTransaction sending(const Bytes& data, uint64_t nonce,
                                            const Address& to = kMainnetDepositContract) {
        auto out = payment();
        out.transaction.to = to;
        out.transaction.nonce = nonce;
        out.transaction.value = Uint256(0);
        out.transaction.gas_limit = 200'000;
        out.transaction.data = data;
        return out;
    }
};

TEST_F(Deposits, BecomeOneRequestInTheOrderOfTheirLogs) {
    const Deposit first(10);
    const Deposit second(20);
    ASSERT_EQ(first.event().size(), 576u);
    const std::vector<SignedTransaction> transactions{sending(first.event(), 0),
                                                      sending(second.event(), 1)};
    const BlockResult result = advance(transactions);
    Bytes expected{0x00};
    for (const Deposit* deposit : {&first, &second}) {
        const Bytes request = deposit->request();
        expected.insert(expected.end(), request.begin(), request.end());
    }
    ASSERT_EQ(result.requests.size(), 1u);
    EXPECT_EQ(result.requests[0], expected);
    EXPECT_EQ(result.requests_hash, sha256(sha256(expected))) << "EIP-7685";
}

TEST_F(Deposits, StandBeforeTheOtherRequests) {
    // return(0, 32) of zeros.
    give(withdrawal_requests_contract(), Uint256(0), 1, {0x60, 0x20, 0x60, 0x00, 0xf3});
    const std::vector<SignedTransaction> transactions{sending(Deposit(1).event(), 0)};
    const BlockResult result = advance(transactions);
    ASSERT_EQ(result.requests.size(), 2u);
    EXPECT_EQ(result.requests[0][0], 0x00);
    EXPECT_EQ(result.requests[1][0], 0x01);
    Bytes hashes = to_bytes(sha256(result.requests[0]));
    const Bytes32 second = sha256(result.requests[1]);
    hashes.insert(hashes.end(), second.begin(), second.end());
    EXPECT_EQ(result.requests_hash, sha256(hashes));
}

TEST_F(Deposits, AreNotMadeByOtherLogs) {
    // Another topic at the contract, the same topic elsewhere, and a log that was reverted.
    auto reverted = sending(Deposit(1).event(), 2);
    reverted.transaction.value = Uint256(1);
    give(recipient_, Uint256(0), 1, logger(kDepositTopic));
    std::string other_topic = kDepositTopic;
    other_topic.back() = '6';
    const std::vector<SignedTransaction> elsewhere{sending(Deposit(1).event(), 0, recipient_)};
    EXPECT_TRUE(advance(elsewhere).requests.empty());
    reverted.transaction.nonce = 1;
    const std::vector<SignedTransaction> failed{reverted};
    const BlockResult after_failure = advance(failed);
    ASSERT_EQ(after_failure.receipts.size(), 1u);
    EXPECT_FALSE(after_failure.receipts[0].success);
    EXPECT_TRUE(after_failure.requests.empty());
    give(kMainnetDepositContract, Uint256(0), 1, logger(other_topic));
    const std::vector<SignedTransaction> other{sending(Bytes(7, 1), 2)};
    const BlockResult after_other = advance(other);
    EXPECT_EQ(after_other.receipts[0].logs.size(), 1u);
    EXPECT_TRUE(after_other.requests.empty());
}

TEST_F(Deposits, InvalidateTheBlockWithAnotherLayout) {
    // Each word of the layout, one too large; and another length of the whole.
    const Bytes event = Deposit(1).event();
    for (const size_t word : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 10U, 12U, 16U}) {
        Bytes broken = event;
        ++broken[word * 32 + 31];
        const std::vector<SignedTransaction> transactions{sending(broken, 0)};
        const auto result = execute_block_serial(input(transactions), state_);
        ASSERT_FALSE(result) << "word " << word;
        EXPECT_EQ(result.error().code, ErrorCode::InvalidInput);
    }
    for (const size_t size : {size_t{0}, size_t{575}, size_t{577}, size_t{608}}) {
        Bytes broken = event;
        broken.resize(size);
        const std::vector<SignedTransaction> transactions{sending(broken, 0)};
        EXPECT_FALSE(execute_block_serial(input(transactions), state_)) << size;
    }
}

TEST_F(Deposits, AreNothingBeforePrague) {
    use(Revision::Cancun);
    const std::vector<SignedTransaction> transactions{sending(Deposit(1).event(), 0)};
    const BlockResult result = advance(transactions);
    EXPECT_TRUE(result.requests.empty());
    EXPECT_FALSE(result.requests_hash.has_value());
    EXPECT_EQ(result.receipts[0].logs.size(), 1u);
}

}  // namespace
}  // namespace switchyard::execute::test
