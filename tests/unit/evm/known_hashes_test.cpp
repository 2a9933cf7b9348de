// SPDX-License-Identifier: Apache-2.0
// KECCAK256 with hashes that are known before. The tables here lie about their hashes, so that a
// result shows whether an entry was taken; the product's never do.
#include "host/evm/known_hashes.hpp"

#include "host/evm/observation.hpp"
#include "simd/keccak256.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

using Input = std::array<uint8_t, KnownHash::kInputBytes>;

constexpr uint64_t kLie = 0x11e;

Input ascending_bytes() {
    Input out;
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<uint8_t>(i + 1);
    return out;
}

Uint256 true_hash(BytesView input) {
    Bytes32 hash;
    simd::keccak256(input, hash.bytes);
    return to_uint256(hash);
}

class KnownHashTest : public EvmFixture {
  protected:
    /// KECCAK256 of `input` at memory offset `at`, `size` bytes of it.
    static Assembler hash_code(const Input& input, uint64_t at = 0,
                               uint64_t size = KnownHash::kInputBytes) {
        Assembler out;
        out.arguments({at, load_big_endian(input.data())}).op(Opcode::Mstore);
        out.arguments({at + 32, load_big_endian(input.data() + 32)}).op(Opcode::Mstore);
        return out.arguments({at, size}).op(Opcode::Keccak256);
    }
    void know(const Input& input, const Uint256& hash = kLie) {
        known_.push_back(KnownHash::of(input.data(), hash));
        transaction_.known_hashes = known_;
    }

    std::vector<KnownHash> known_;
    const Input input_bytes_ = ascending_bytes();
};

TEST_F(KnownHashTest, AreTakenInEveryRevision) {
    know(ascending_bytes());
    for (const Revision revision : all_revisions()) {
        EXPECT_EQ(top_of(revision, hash_code(input_bytes_)), Uint256{kLie});
        EXPECT_EQ(top_of(revision, hash_code(input_bytes_, 77)), Uint256{kLie}) << "unaligned";
    }
}

TEST_F(KnownHashTest, OfAnotherInputAreNotTaken) {
    const Uint256 expected = true_hash(input_bytes_);
    for (size_t i = 0; i < input_bytes_.size(); ++i) {
        known_.clear();
        Input other = input_bytes_;
        other[i] ^= 0x80;
        know(other);
        EXPECT_EQ(top_of(Revision::Osaka, hash_code(input_bytes_)), expected) << "byte " << i;
    }
}

TEST_F(KnownHashTest, TheRightOneOfManyIsTaken) {
    for (uint8_t i = 0; i < 10; ++i) {
        Input each = input_bytes_;
        each[63] = i;
        know(each, kLie + i);
    }
    for (uint8_t i = 0; i < 10; ++i) {
        Input each = input_bytes_;
        each[63] = i;
        EXPECT_EQ(top_of(Revision::Osaka, hash_code(each)), Uint256{kLie + i});
    }
}

TEST_F(KnownHashTest, AreOfSixtyFourBytesOnly) {
    know(input_bytes_);
    for (const uint64_t size : {0U, 1U, 32U, 63U, 65U, 96U, 200U}) {
        Bytes input(input_bytes_.begin(), input_bytes_.end());
        input.resize(size);
        EXPECT_EQ(top_of(Revision::Osaka, hash_code(input_bytes_, 0, size)), true_hash(input))
            << size << " bytes";
    }
}

TEST_F(KnownHashTest, ThatAreTrueChangeNothing) {
    // Published: the empty node of depth 1 of every tree over Keccak-256 with zero leaves.
    const auto published =
        from_hex("0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
    ASSERT_TRUE(published);
    const Uint256 hash = load_big_endian(published->data());
    const Assembler code = hash_code(Input{});
    const uint64_t gas = gas_of(Revision::Osaka, code);
    EXPECT_EQ(top_of(Revision::Osaka, code), hash);
    know(Input{}, hash);
    EXPECT_EQ(top_of(Revision::Osaka, code), hash);
    EXPECT_EQ(gas_of(Revision::Osaka, code), gas) << "known or not, it costs the same gas";
    EXPECT_EQ(status_of(Revision::Osaka, code, gas - 1), Status::OutOfGas);
}

TEST_F(KnownHashTest, AreObservedLikeOthers) {
    know(input_bytes_);
    ObservationTarget target;
    Observation observation;
    target.current = &observation;
    set_code(contract_, hash_code(input_bytes_));
    state_.begin(world_, Revision::Osaka);
    Message message;
    message.gas = kGas;
    message.recipient = message.code_address = contract_;
    message.sender = caller_;
    Evm evm(Revision::Osaka, target);
    ASSERT_EQ(evm.execute(block_, transaction_, message, state_).status, Status::Success);
    ASSERT_EQ(observation.hashes().size(), 1U);
    EXPECT_EQ(to_uint256(observation.hashes()[0].hash), Uint256{kLie});
    EXPECT_TRUE(equal(observation.preimage(observation.hashes()[0]), input_bytes_));
}

TEST_F(KnownHashTest, WhatATransactionHashedIsHashedOnceAndRight) {
    // Twelve inputs, more than are kept, each three times in turn: XOR of all results. What the
    // transaction before has hashed is gone.
    Assembler code;
    Uint256 expected;
    code.push(Uint256{});
    for (int round = 0; round < 3; ++round)
        for (uint8_t i = 0; i < 12; ++i) {
            Input each = input_bytes_;
            each[i % 2 == 0 ? 31 : 63] = static_cast<uint8_t>(200 + i);
            code.append(hash_code(each).code()).op(Opcode::Xor);
            expected = expected ^ true_hash(each);
            // The same one again at once, which is kept.
            code.append(hash_code(each).code()).op(Opcode::Add);
            expected = expected + true_hash(each);
        }
    for (const Revision revision : all_revisions())
        EXPECT_EQ(top_of(revision, code), expected);
}

TEST(KnownHashes, OfEachTransactionInPartsOfTheBlock) {
    KnownHashes all;
    EXPECT_TRUE(all.of(0).empty()) << "before the first block";
    const auto entry = [](uint8_t n) {
        Input input{};
        input[0] = n;
        return KnownHash::of(input.data(), n);
    };
    for (int round = 0; round < 2; ++round) {
        // Five transactions in two parts of three; the last one of each part has nothing.
        all.begin(2, 3);
        EXPECT_TRUE(all.of(0).empty());
        EXPECT_TRUE(all.part(0).add(entry(1)));
        all.part(0).end_transaction();
        EXPECT_TRUE(all.part(0).add(entry(2)));
        EXPECT_TRUE(all.part(0).add(entry(3)));
        all.part(0).end_transaction();
        all.part(0).end_transaction();
        EXPECT_TRUE(all.part(1).add(entry(4)));
        all.part(1).end_transaction();
        ASSERT_EQ(all.of(0).size(), 1U);
        EXPECT_EQ(all.of(0)[0].hash, Uint256{1});
        ASSERT_EQ(all.of(1).size(), 2U);
        EXPECT_EQ(all.of(1)[1].hash, Uint256{3});
        EXPECT_TRUE(all.of(2).empty());
        ASSERT_EQ(all.of(3).size(), 1U);
        EXPECT_EQ(all.of(3)[0].hash, Uint256{4});
        EXPECT_TRUE(all.of(4).empty()) << "not closed";
        EXPECT_TRUE(all.of(6).empty()) << "behind the parts";
        EXPECT_TRUE(all.of(SIZE_MAX).empty());
    }
}

TEST(KnownHashes, AreBoundedForEachTransaction) {
    KnownHashes all;
    all.begin(1, 2);
    for (int transaction = 0; transaction < 2; ++transaction) {
        for (size_t i = 0; i < KnownHashes::kPerTransactionMax; ++i)
            EXPECT_TRUE(all.part(0).add({}));
        EXPECT_FALSE(all.part(0).add({}));
        all.part(0).end_transaction();
    }
    EXPECT_EQ(all.of(1).size(), KnownHashes::kPerTransactionMax);
}

}  // namespace
}  // namespace switchyard::evm::test
