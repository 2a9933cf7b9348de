// SPDX-License-Identifier: Apache-2.0
// The rules on a transaction's gas and balance at their borders, with numbers from the EIPs:
// EIP-7825, EIP-7623, EIP-3860, EIP-4844.
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

constexpr uint64_t kCap = 16'777'216;  // EIP-7825, 2^24

constexpr TransactionType kTypes[] = {TransactionType::Legacy, TransactionType::AccessList,
                                      TransactionType::DynamicFee, TransactionType::Blob,
                                      TransactionType::SetCode};

AccessList addresses(size_t count) {
    return AccessList(count, AccessListEntry{address_of(9), {}});
}

class TransactionBorder : public ExecuteFixture {
  protected:
    TransactionBorder() { give(sender_, Uint256(kEther) * Uint256(1'000)); }

    [[nodiscard]] TransactionError with_gas(SignedTransaction transaction, uint64_t gas_limit) {
        transaction.transaction.gas_limit = gas_limit;
        return validate(transaction);
    }
    /// Valid with `gas_limit`, and for want of `reason` not with one less.
    void expect_border(const SignedTransaction& transaction, uint64_t gas_limit,
                       TransactionError reason) {
        EXPECT_EQ(with_gas(transaction, gas_limit), TransactionError::None);
        EXPECT_EQ(with_gas(transaction, gas_limit - 1), reason);
    }
};

// --- EIP-7825

TEST_F(TransactionBorder, CapsEveryType) {
    for (const TransactionType type : kTypes) {
        EXPECT_EQ(with_gas(payment(type), kCap), TransactionError::None);
        EXPECT_EQ(with_gas(payment(type), kCap + 1), TransactionError::GasLimitAboveCap);
        EXPECT_EQ(with_gas(payment(type), UINT64_MAX), TransactionError::GasLimitAboveCap);
    }
    use(Revision::Prague);
    for (const TransactionType type : kTypes)
        EXPECT_EQ(with_gas(payment(type), kCap + 1), TransactionError::None);
}

TEST_F(TransactionBorder, CapsAnAccessListThatFillsTheLimit) {
    // 21,000 + 6,981 * 2,400 (EIP-2930) + 454 * 4 for zero bytes = 2^24.
    auto transaction = payment(TransactionType::AccessList);
    transaction.transaction.access_list = addresses(6'981);
    transaction.transaction.data.assign(454, 0);
    expect_border(transaction, kCap, TransactionError::IntrinsicGasTooLow);
    transaction.transaction.data.push_back(0);
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::IntrinsicGasTooLow);
    EXPECT_EQ(with_gas(transaction, kCap + 4), TransactionError::GasLimitAboveCap);
    use(Revision::Prague);
    EXPECT_EQ(with_gas(transaction, kCap + 4), TransactionError::None);
}

TEST_F(TransactionBorder, CapsStorageKeysThatFillTheLimit) {
    // 21,000 + 2,400 + 8,817 * 1,900 (EIP-2930) + 94 * 16 for non-zero bytes + 3 * 4 = 2^24.
    auto transaction = payment();
    transaction.transaction.access_list = addresses(1);
    transaction.transaction.access_list[0].storage_keys.resize(8'817);
    transaction.transaction.data.assign(94, 0xff);
    transaction.transaction.data.resize(97, 0);
    expect_border(transaction, kCap, TransactionError::IntrinsicGasTooLow);
    transaction.transaction.access_list[0].storage_keys.emplace_back();
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::IntrinsicGasTooLow);
    EXPECT_EQ(with_gas(transaction, kCap + 1'900), TransactionError::GasLimitAboveCap);
}

TEST_F(TransactionBorder, CapsCallDataThatFillsTheLimit) {
    // The floor (EIP-7623): 21,000 + 418,905 * 40 + 10 for a zero byte = 2^24 - 6.
    auto transaction = payment();
    transaction.transaction.data.assign(418'905, 0xff);
    transaction.transaction.data.push_back(0);
    expect_border(transaction, kCap - 6, TransactionError::FloorGasTooLow);
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::None);
    transaction.transaction.data.push_back(0);
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::FloorGasTooLow);
    EXPECT_EQ(with_gas(transaction, kCap + 4), TransactionError::GasLimitAboveCap);
}

TEST_F(TransactionBorder, CapsAuthorizationsThatFillTheLimit) {
    // 21,000 + 670 * 25,000 (EIP-7702) = 16,771,000; one more passes 2^24.
    auto transaction = payment(TransactionType::SetCode);
    transaction.transaction.authorization_list.resize(670);
    expect_border(transaction, 16'771'000, TransactionError::IntrinsicGasTooLow);
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::None);
    transaction.transaction.authorization_list.resize(671);
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::IntrinsicGasTooLow);
}

TEST_F(TransactionBorder, CapsCreations) {
    auto transaction = payment();
    transaction.transaction.to.reset();
    EXPECT_EQ(with_gas(transaction, kCap), TransactionError::None);
    EXPECT_EQ(with_gas(transaction, kCap + 1), TransactionError::GasLimitAboveCap);
}

// --- EIP-7623

TEST_F(TransactionBorder, WantsTheFloorOfEveryType) {
    // 100 non-zero bytes: 1,600 (EIP-2028) of intrinsic gas, 4,000 of floor. An authorization costs
    // more than the difference, so that its type is bound by intrinsic gas.
    for (const TransactionType type : kTypes) {
        auto transaction = payment(type);
        transaction.transaction.data.assign(100, 0xff);
        if (type == TransactionType::SetCode)
            expect_border(transaction, 21'000 + 1'600 + 25'000,
                          TransactionError::IntrinsicGasTooLow);
        else
            expect_border(transaction, 21'000 + 4'000, TransactionError::FloorGasTooLow);
    }
    use(Revision::Cancun);
    auto transaction = payment();
    transaction.transaction.data.assign(100, 0xff);
    expect_border(transaction, 21'000 + 1'600, TransactionError::IntrinsicGasTooLow);
}

TEST_F(TransactionBorder, WantsTheLargerOfIntrinsicAndFloor) {
    // An address of the access list costs 2,400, which the floor does not count. 100 non-zero bytes
    // have a floor of 2,400 above their intrinsic gas: both are equal.
    for (const auto type : {TransactionType::AccessList, TransactionType::DynamicFee}) {
        auto transaction = payment(type);
        transaction.transaction.data.assign(100, 0xff);
        transaction.transaction.access_list = addresses(1);
        expect_border(transaction, 25'000, TransactionError::IntrinsicGasTooLow);
        transaction.transaction.data.push_back(0);  // intrinsic + 4, floor + 10
        expect_border(transaction, 25'010, TransactionError::FloorGasTooLow);
        transaction.transaction.access_list = addresses(2);
        expect_border(transaction, 27'404, TransactionError::IntrinsicGasTooLow);
    }
}

TEST_F(TransactionBorder, CountsInitCodeOnTopOfTheFloor) {
    // A creation of 1,000 non-zero bytes: 53,000 + 16,000 + 2 * 32 words; the floor is 61,000.
    auto transaction = payment();
    transaction.transaction.to.reset();
    transaction.transaction.data.assign(1'000, 0xff);
    expect_border(transaction, 53'000 + 16'000 + 64, TransactionError::IntrinsicGasTooLow);
    transaction.transaction.data.assign(2'000, 0xff);
    expect_border(transaction, 21'000 + 80'000, TransactionError::FloorGasTooLow);
}

TEST_F(TransactionBorder, ChargesTheFloorAfterRefunds) {
    // Clears slot 0: 21,000 + 2 * 3 + 5,000, and a refund of 4,800 (EIP-3529), which the floor does
    // not let through: 140 non-zero bytes cost 2,240, or 5,600 by the floor.
    give(recipient_, Uint256(0), 1, {0x60, 0x00, 0x60, 0x00, 0x55});
    state_.set_storage(recipient_, Uint256(0), Uint256(1));
    auto transaction = payment();
    transaction.transaction.data.assign(140, 0xff);
    const auto outcome = run(transaction);
    EXPECT_TRUE(outcome.success());
    EXPECT_EQ(outcome.gas_used, 26'600u) << "not 21,000 + 2,240 + 5,006 - 4,800 = 23,446";
    EXPECT_EQ(balance_after(beneficiary_), Uint256(26'600 * 2));
    use(Revision::Cancun);
    EXPECT_EQ(run(transaction).gas_used, 23'446u);
}

TEST_F(TransactionBorder, RunsWithTheGasAboveIntrinsicNotAboveTheFloor) {
    // The gas limit is the floor, 21,000 + 4,000; the message still has all above 22,600, and its
    // 2,200 of a cold load and more are paid for by the floor.
    give(recipient_, Uint256(0), 1,
         {0x60, 0x00, 0x54, 0x5a, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00,
          0xf3});  // return(gas after sload(0))
    auto transaction = payment();
    transaction.transaction.data.assign(100, 0xff);
    transaction.transaction.gas_limit = 25'000;
    const auto outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(load_big_endian(outcome.output.data()), Uint256(2'400 - 3 - 2'100 - 2));
    EXPECT_EQ(outcome.gas_used, 25'000u);
}

// --- EIP-3860

/// Creates from `size` bytes of zeros: creation(value 0, offset 0, size, salt 0), whose init code
/// stops at once.
Bytes creator(uint32_t size, bool create2) {
    const auto high = static_cast<uint8_t>(size >> 16);
    const auto middle = static_cast<uint8_t>(size >> 8);
    const auto low = static_cast<uint8_t>(size);
    if (create2) return {0x60, 0x00, 0x62, high, middle, low, 0x60, 0x00, 0x60, 0x00, 0xf5};
    return {0x62, high, middle, low, 0x60, 0x00, 0x60, 0x00, 0xf0};
}

TEST_F(TransactionBorder, ChargesTwoGasForAWordOfInitCode) {
    for (const bool create2 : {false, true})
        for (const uint32_t size : {0U, 1U, 31U, 32U, 33U, 49'152U}) {
            give(recipient_, Uint256(0), 1, creator(size, create2));
            use(Revision::Paris);
            const uint64_t before = run(payment()).gas_used;
            use(Revision::Shanghai);
            const auto outcome = run(payment());
            EXPECT_TRUE(outcome.success());
            EXPECT_EQ(outcome.gas_used - before, 2 * ((size + 31) / 32)) << size;
        }
}

TEST_F(TransactionBorder, RefusesInitCodeAboveTheLimitWithAllGas) {
    for (const bool create2 : {false, true}) {
        give(recipient_, Uint256(0), 1, creator(49'153, create2));
        use(Revision::Paris);
        EXPECT_TRUE(run(payment()).success());
        use(Revision::Shanghai);
        const auto outcome = run(payment());
        EXPECT_FALSE(outcome.success());
        EXPECT_EQ(outcome.gas_used, 100'000u);
    }
}

TEST_F(TransactionBorder, ChargesCreationsForTheirInitCode) {
    // EIP-3860: 53,000 + 4 for each zero byte + 2 for each word.
    use(Revision::Shanghai);
    for (const size_t size : {size_t{1}, size_t{32}, size_t{33}, size_t{49'152}}) {
        auto transaction = payment();
        transaction.transaction.to.reset();
        transaction.transaction.data.assign(size, 0);
        expect_border(transaction, 53'000 + 4 * size + 2 * ((size + 31) / 32),
                      TransactionError::IntrinsicGasTooLow);
    }
}

// --- EIP-4844

class BlobBalance : public TransactionBorder {
  protected:
    [[nodiscard]] SignedTransaction blobs(size_t count, const Uint256& max_fee) {
        auto out = payment(TransactionType::Blob);
        const Bytes32 hash = out.transaction.blob_versioned_hashes[0];
        out.transaction.blob_versioned_hashes.assign(count, hash);
        out.transaction.max_fee_per_blob_gas = max_fee;
        return out;
    }
    void expect_cost(const SignedTransaction& transaction, const Uint256& cost) {
        give(sender_, cost);
        EXPECT_EQ(validate(transaction), TransactionError::None);
        give(sender_, cost - Uint256(1));
        EXPECT_EQ(validate(transaction), TransactionError::InsufficientBalance);
    }
};

TEST_F(BlobBalance, CoversTheMaximalBlobFee) {
    // Gas 100,000 * 10, value 1, and 131,072 gas a blob at the maximal fee, whatever the blob base
    // fee of the block (1) and the effective gas price (9) are.
    for (const size_t count : {1U, 2U, 6U})
        for (const uint64_t fee : {1U, 2U, 1'000'000'000U})
            expect_cost(blobs(count, Uint256(fee)),
                        Uint256(1'000'001) + Uint256(131'072 * count) * Uint256(fee));
}

TEST_F(BlobBalance, CoversValueAndEachFeeAlone) {
    auto transaction = blobs(1, Uint256(1));
    transaction.transaction.value = Uint256(0);
    expect_cost(transaction, Uint256(1'000'000 + 131'072));
    transaction.transaction.value = Uint256(kEther);
    expect_cost(transaction, Uint256(1'000'000 + 131'072) + Uint256(kEther));
    transaction.transaction.max_fee_per_gas = Uint256(7);
    transaction.transaction.max_priority_fee_per_gas = Uint256(0);
    expect_cost(transaction, Uint256(700'000 + 131'072) + Uint256(kEther));
}

TEST_F(BlobBalance, DoesNotWrapAtTheLargestFees) {
    give(sender_, ~Uint256());
    // (2^256 - 1 - 1,000,001) / 131,072, rounded down, is 2^239 - 8.
    const Uint256 largest = (Uint256(1) << 239) - Uint256(8);
    EXPECT_EQ(validate(blobs(1, largest)), TransactionError::None);
    for (const Uint256& above : {largest + Uint256(1), Uint256(1) << 239, ~Uint256()})
        EXPECT_EQ(validate(blobs(1, above)), TransactionError::InsufficientBalance);
}

TEST_F(BlobBalance, PaysTheBaseFeeAndNotTheMaximum) {
    give(sender_, Uint256(kEther));
    const auto outcome = run(blobs(3, Uint256(1'000)));
    ASSERT_EQ(outcome.error, TransactionError::None);
    EXPECT_EQ(outcome.blob_gas_used, 393'216u);
    // Value 1, 21,000 gas at 7 + 2, blob gas at 1.
    EXPECT_EQ(balance_after(sender_), Uint256(kEther - 1 - 21'000 * 9 - 393'216));
}

TEST_F(BlobBalance, FollowsTheExcessOfTheBlock) {
    // EIP-4844 with EIP-7691's fraction: an excess of 5,007,716 is a fee of e, rounded down to 2.
    header_.excess_blob_gas = 5'007'716;
    EXPECT_EQ(validate(blobs(1, Uint256(1))), TransactionError::BlobFeeBelowBaseFee);
    EXPECT_EQ(validate(blobs(1, Uint256(2))), TransactionError::None);
    give(sender_, Uint256(kEther));
    static_cast<void>(run(blobs(1, Uint256(5))));
    EXPECT_EQ(balance_after(sender_), Uint256(kEther - 1 - 21'000 * 9 - 2 * 131'072));
}

TEST_F(BlobBalance, IsThatAfterTheTransactionsBefore) {
    // The second transaction may take exactly what the first one leaves.
    use(Revision::Cancun);
    const auto first = blobs(1, Uint256(5));
    auto second = blobs(2, Uint256(3));
    second.transaction.nonce = 1;
    const std::vector<SignedTransaction> both{first, second};
    const uint64_t spent = 1 + 21'000 * 9 + 131'072;
    const uint64_t wanted = 1 + 1'000'000 + 2 * 131'072 * 3;
    give(sender_, Uint256(spent + wanted));
    const auto enough = execute_block_serial(input(both), state_);
    EXPECT_TRUE(enough) << enough.error().message;
    give(sender_, Uint256(spent + wanted - 1));
    const auto poor = execute_block_serial(input(both), state_);
    ASSERT_FALSE(poor);
    EXPECT_EQ(poor.error().message, "transaction 1: InsufficientBalance");
}

}  // namespace
}  // namespace switchyard::execute::test
