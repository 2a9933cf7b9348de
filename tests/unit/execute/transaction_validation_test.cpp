// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

constexpr uint64_t kBlockGasLimit = 30'000'000;

class TransactionValidation : public ExecuteFixture {
  protected:
    TransactionValidation() { give(sender_, Uint256(kEther)); }
};

TEST_F(TransactionValidation, AcceptsAPaymentOfEachType) {
    for (const auto type :
         {TransactionType::Legacy, TransactionType::AccessList, TransactionType::DynamicFee,
          TransactionType::Blob, TransactionType::SetCode})
        EXPECT_EQ(validate(payment(type)), TransactionError::None) << static_cast<int>(type);
}

TEST_F(TransactionValidation, RefusesATypeBeforeItsRevision) {
    const std::pair<TransactionType, Revision> first[] = {
        {TransactionType::AccessList, Revision::Berlin},
        {TransactionType::DynamicFee, Revision::London},
        {TransactionType::Blob, Revision::Cancun},
        {TransactionType::SetCode, Revision::Prague}};
    for (const auto& [type, revision] : first) {
        use(static_cast<Revision>(static_cast<int>(revision) - 1));
        EXPECT_EQ(validate(payment(type)), TransactionError::TypeNotSupported);
        use(revision);
        EXPECT_EQ(validate(payment(type)), TransactionError::None);
    }
}

TEST_F(TransactionValidation, ChecksTheChainId) {
    auto transaction = payment();
    transaction.transaction.chain_id = 2;
    EXPECT_EQ(validate(transaction), TransactionError::WrongChainId);
    auto legacy = payment(TransactionType::Legacy);
    legacy.transaction.chain_id = 1;
    EXPECT_EQ(validate(legacy), TransactionError::None);
    use(Revision::Homestead);
    EXPECT_EQ(validate(legacy), TransactionError::WrongChainId) << "EIP-155 is not active";
}

TEST_F(TransactionValidation, WantsTheSendersNextNonce) {
    give(sender_, Uint256(kEther), 5);
    auto transaction = payment();
    transaction.transaction.nonce = 4;
    EXPECT_EQ(validate(transaction), TransactionError::NonceTooLow);
    transaction.transaction.nonce = 6;
    EXPECT_EQ(validate(transaction), TransactionError::NonceTooHigh);
    transaction.transaction.nonce = UINT64_MAX;
    EXPECT_EQ(validate(transaction), TransactionError::NonceIsMax);
}

TEST_F(TransactionValidation, RefusesASenderWithCodeUnlessItIsADelegation) {
    give(sender_, Uint256(kEther), 0, Bytes{0x00});
    EXPECT_EQ(validate(payment()), TransactionError::SenderHasCode);
    Bytes delegation{0xef, 0x01, 0x00};
    delegation.resize(23, 0x11);
    give(sender_, Uint256(kEther), 0, delegation);
    EXPECT_EQ(validate(payment()), TransactionError::None);
    use(Revision::Cancun);
    EXPECT_EQ(validate(payment()), TransactionError::SenderHasCode);
}

TEST_F(TransactionValidation, ChecksFees) {
    auto transaction = payment();
    transaction.transaction.max_fee_per_gas = Uint256(6);
    EXPECT_EQ(validate(transaction), TransactionError::MaxFeeBelowBaseFee);
    transaction = payment();
    transaction.transaction.max_priority_fee_per_gas = Uint256(11);
    EXPECT_EQ(validate(transaction), TransactionError::PriorityFeeAboveMaxFee);
}

TEST_F(TransactionValidation, WantsTheBalanceForEverythingAtItsMaximalPrice) {
    auto transaction = payment(TransactionType::Blob);
    const uint64_t cost = 10 * 100'000 + 131'072 * 1 + 1;
    give(sender_, Uint256(cost));
    EXPECT_EQ(validate(transaction), TransactionError::None);
    give(sender_, Uint256(cost - 1));
    EXPECT_EQ(validate(transaction), TransactionError::InsufficientBalance);
}

TEST_F(TransactionValidation, RefusesACostAbove256Bits) {
    give(sender_, ~Uint256());
    for (const uint64_t shift : {253U, 236U}) {
        auto transaction = payment();
        transaction.transaction.max_fee_per_gas = Uint256(1) << shift;
        EXPECT_EQ(validate(transaction),
                  shift == 253 ? TransactionError::InsufficientBalance : TransactionError::None);
    }
    auto transaction = payment();
    transaction.transaction.value = ~Uint256();
    EXPECT_EQ(validate(transaction), TransactionError::InsufficientBalance);
}

TEST_F(TransactionValidation, CapsTheGasLimitFromOsakaOn) {
    // EIP-7825: 16,777,216 is the largest.
    auto transaction = payment();
    transaction.transaction.gas_limit = 16'777'216;
    EXPECT_EQ(validate(transaction), TransactionError::None);
    transaction.transaction.gas_limit = 16'777'217;
    EXPECT_EQ(validate(transaction), TransactionError::GasLimitAboveCap);
    use(Revision::Prague);
    EXPECT_EQ(validate(transaction), TransactionError::None);
    transaction.transaction.gas_limit = header_.gas_limit + 1;
    EXPECT_EQ(validate(transaction), TransactionError::GasLimitAboveBlock);
}

TEST_F(TransactionValidation, BoundsInitCodeFromShanghaiOn) {
    auto transaction = payment();
    transaction.transaction.to.reset();
    transaction.transaction.gas_limit = 16'000'000;
    give(sender_, Uint256(kEther));
    transaction.transaction.data.resize(49'152);
    EXPECT_EQ(validate(transaction), TransactionError::None);
    transaction.transaction.data.resize(49'153);
    EXPECT_EQ(validate(transaction), TransactionError::InitCodeTooLarge);
    use(Revision::Paris);
    EXPECT_EQ(validate(transaction), TransactionError::None);
}

TEST_F(TransactionValidation, ChecksTheFormOfBlobTransactions) {
    auto transaction = payment(TransactionType::Blob);
    auto& hashes = transaction.transaction.blob_versioned_hashes;
    hashes.resize(6, hashes[0]);
    EXPECT_EQ(validate(transaction), TransactionError::None);
    hashes.resize(7, hashes[0]);
    EXPECT_EQ(validate(transaction), TransactionError::TooManyBlobs) << "EIP-7594";
    use(Revision::Prague);
    EXPECT_EQ(validate(transaction), TransactionError::None);
    hashes.resize(10, hashes[0]);
    EXPECT_EQ(validate(transaction), TransactionError::TooManyBlobs);
    hashes.resize(2);
    hashes[1][0] = 0x02;
    EXPECT_EQ(validate(transaction), TransactionError::BlobHashVersion);
    hashes.clear();
    EXPECT_EQ(validate(transaction), TransactionError::NoBlobs);
    transaction = payment(TransactionType::Blob);
    transaction.transaction.to.reset();
    EXPECT_EQ(validate(transaction), TransactionError::BlobTransactionCreates);
    transaction = payment(TransactionType::Blob);
    transaction.transaction.max_fee_per_blob_gas = Uint256(0);
    EXPECT_EQ(validate(transaction), TransactionError::BlobFeeBelowBaseFee);
}

TEST_F(TransactionValidation, ChecksTheFormOfSetCodeTransactions) {
    auto transaction = payment(TransactionType::SetCode);
    transaction.transaction.authorization_list.clear();
    EXPECT_EQ(validate(transaction), TransactionError::NoAuthorizations);
    transaction = payment(TransactionType::SetCode);
    transaction.transaction.to.reset();
    EXPECT_EQ(validate(transaction), TransactionError::SetCodeTransactionCreates);
}

TEST_F(TransactionValidation, WantsIntrinsicAndFloorGas) {
    auto transaction = payment();
    transaction.transaction.gas_limit = 21'000;
    EXPECT_EQ(validate(transaction), TransactionError::None);
    transaction.transaction.gas_limit = 20'999;
    EXPECT_EQ(validate(transaction), TransactionError::IntrinsicGasTooLow);
    // EIP-7623: ten non-zero bytes cost 160, but the floor is 10 * 40.
    transaction.transaction.data.assign(10, 0xff);
    transaction.transaction.gas_limit = 21'400;
    EXPECT_EQ(validate(transaction), TransactionError::None);
    transaction.transaction.gas_limit = 21'399;
    EXPECT_EQ(validate(transaction), TransactionError::FloorGasTooLow);
    use(Revision::Cancun);
    EXPECT_EQ(validate(transaction), TransactionError::None);
}

TEST(IntrinsicGas, FollowsTheEips) {
    Transaction call;
    call.to = address_of(1);
    call.data = {0, 0, 0, 1, 2};
    EXPECT_EQ(intrinsic_gas(call, Revision::Frontier, kBlockGasLimit).intrinsic, 21'000u + 3 * 4 + 2 * 68);
    EXPECT_EQ(intrinsic_gas(call, Revision::Istanbul, kBlockGasLimit).intrinsic, 21'000u + 3 * 4 + 2 * 16);
    EXPECT_EQ(intrinsic_gas(call, Revision::Cancun, kBlockGasLimit).floor, 0u);
    EXPECT_EQ(intrinsic_gas(call, Revision::Prague, kBlockGasLimit).floor, 21'000u + 10 * (3 + 4 * 2));

    Transaction creation;
    creation.data.assign(33, 1);
    EXPECT_EQ(intrinsic_gas(creation, Revision::Frontier, kBlockGasLimit).intrinsic, 21'000u + 33 * 68);
    EXPECT_EQ(intrinsic_gas(creation, Revision::Homestead, kBlockGasLimit).intrinsic, 53'000u + 33 * 68);
    EXPECT_EQ(intrinsic_gas(creation, Revision::Shanghai, kBlockGasLimit).intrinsic, 53'000u + 33 * 16 + 2 * 2);

    call.data.clear();
    call.access_list = {{address_of(2), {Bytes32{}, Bytes32{}}}, {address_of(3), {}}};
    EXPECT_EQ(intrinsic_gas(call, Revision::Berlin, kBlockGasLimit).intrinsic, 21'000u + 2 * 2'400 + 2 * 1'900);
    call.access_list.clear();
    call.authorization_list.resize(3);
    EXPECT_EQ(intrinsic_gas(call, Revision::Prague, kBlockGasLimit).intrinsic, 21'000u + 3 * 25'000);
}

}  // namespace
}  // namespace switchyard::execute::test
