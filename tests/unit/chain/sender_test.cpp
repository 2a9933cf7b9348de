// SPDX-License-Identifier: Apache-2.0
// Senders and authorities against keys that libsecp256k1 signed with.
#include "host/chain/sender.hpp"

#include <gtest/gtest.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <memory>
#include <random>

#include "host/chain/hash.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

constexpr Uint256 kOrder{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                         0xffffffffffffffff};

/// A key pair of libsecp256k1.
class Signer {
  public:
    explicit Signer(std::mt19937_64& generator)
        : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {
        do {
            for (uint8_t& byte : secret_.bytes)
                byte = static_cast<uint8_t>(generator());
        } while (secp256k1_ec_seckey_verify(context_.get(), secret_.data()) == 0);
        secp256k1_pubkey key;
        EXPECT_EQ(secp256k1_ec_pubkey_create(context_.get(), &key, secret_.data()), 1);
        std::array<uint8_t, 65> encoded{};
        size_t size = encoded.size();
        secp256k1_ec_pubkey_serialize(context_.get(), encoded.data(), &size, &key,
                                      SECP256K1_EC_UNCOMPRESSED);
        const Bytes32 hash = keccak256(BytesView{encoded}.subspan(1));
        address_ = fixed_bytes_unchecked<20>(BytesView{hash}.last(20));
    }

    [[nodiscard]] const Address& address() const { return address_; }

    [[nodiscard]] Signature sign(BytesView payload) const {
        const Bytes32 hash = keccak256(payload);
        secp256k1_ecdsa_recoverable_signature signature;
        EXPECT_EQ(secp256k1_ecdsa_sign_recoverable(context_.get(), &signature, hash.data(),
                                                   secret_.data(), nullptr, nullptr),
                  1);
        std::array<uint8_t, 64> compact{};
        int recovery_id = 0;
        secp256k1_ecdsa_recoverable_signature_serialize_compact(context_.get(), compact.data(),
                                                                &recovery_id, &signature);
        return {load_big_endian(compact.data()), load_big_endian(compact.data() + 32),
                static_cast<uint8_t>(recovery_id)};
    }

  private:
    struct DestroyContext {
        void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
    };
    std::unique_ptr<secp256k1_context, DestroyContext> context_;
    Bytes32 secret_;
    Address address_;
};

Authorization signed_authorization(const Signer& signer, uint64_t nonce) {
    Authorization authorization;
    authorization.chain_id = 1;
    authorization.address = Address{{0x77}};
    authorization.nonce = nonce;
    const Signature signature = signer.sign(signing_payload(authorization));
    authorization.r = signature.r;
    authorization.s = signature.s;
    authorization.y_parity = signature.y_parity;
    return authorization;
}

Transaction random_transaction(std::mt19937_64& generator, size_t number) {
    Transaction transaction;
    transaction.type = static_cast<TransactionType>(number % 5);
    if (transaction.type != TransactionType::Legacy || generator() % 2 == 0)
        transaction.chain_id = generator() % 1000;
    transaction.nonce = generator();
    transaction.gas_limit = generator() % 1'000'000;
    transaction.max_fee_per_gas = generator();
    transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    transaction.to = Address{{static_cast<uint8_t>(number)}};
    transaction.data.resize(generator() % 300, static_cast<uint8_t>(number));
    if (transaction.type == TransactionType::AccessList)
        transaction.access_list = {{Address{{1}}, {Bytes32{{2}}, Bytes32{{3}}}}, {}};
    if (transaction.type == TransactionType::Blob) {
        transaction.max_fee_per_blob_gas = 5;
        transaction.blob_versioned_hashes = {Bytes32{{1}}};
    }
    return transaction;
}

TEST(Sender, RecoversWhatLibsecp256k1Signed) {
    auto generator = test::test_generator(2);
    std::vector<Transaction> transactions;
    std::vector<Address> expected;
    // More than one batch, and set-code transactions whose authorizations lie across its end.
    for (size_t i = 0; i < 1000; ++i) {
        const Signer signer(generator);
        Transaction& transaction = transactions.emplace_back(random_transaction(generator, i));
        if (transaction.type == TransactionType::SetCode)
            for (uint64_t n = 0; n < 3; ++n)
                transaction.authorization_list.push_back(signed_authorization(signer, n));
        transaction.signature = signer.sign(signing_payload(transaction));
        expected.push_back(signer.address());
    }
    std::vector<SenderResult> senders(transactions.size());
    recover_senders(transactions, senders);
    for (size_t i = 0; i < transactions.size(); ++i) {
        ASSERT_EQ(senders[i].status, SenderStatus::Ok) << i;
        ASSERT_EQ(senders[i].sender, expected[i]) << i;
        for (const Authorization& authorization : transactions[i].authorization_list)
            ASSERT_EQ(authorization.authority, expected[i]) << i;
        // The encoding carries all that was signed.
        const auto decoded = decode_transaction(encode_transaction(transactions[i]));
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        ASSERT_TRUE(equal(signing_payload(*decoded), signing_payload(transactions[i])));
    }
}

/// Few signatures go one by one, in vectors or both.
TEST(Sender, RecoversAFewSignatures) {
    auto generator = test::test_generator(3);
    for (size_t count = 1; count <= 17; ++count) {
        std::vector<Transaction> transactions;
        std::vector<Address> expected;
        for (size_t i = 0; i < count; ++i) {
            const Signer signer(generator);
            Transaction& transaction = transactions.emplace_back(random_transaction(generator, i));
            transaction.signature = signer.sign(signing_payload(transaction));
            expected.push_back(signer.address());
        }
        std::vector<SenderResult> senders(count);
        recover_senders(transactions, senders);
        for (size_t i = 0; i < count; ++i) {
            ASSERT_EQ(senders[i].status, SenderStatus::Ok) << i << " of " << count;
            ASSERT_EQ(senders[i].sender, expected[i]) << i << " of " << count;
        }
    }
}

// Right and wrong claims, shared ones and none, over batch ends, with authorizations between.
TEST(Sender, ClaimsChangeNoResult) {
    auto generator = test::test_generator(6);
    std::vector<Signer> signers;
    for (size_t i = 0; i < 40; ++i)
        signers.emplace_back(generator);
    std::vector<Transaction> transactions;
    std::vector<size_t> signed_by;
    for (size_t i = 0; i < 1300; ++i) {
        const Signer& signer = signers[signed_by.emplace_back(generator() % signers.size())];
        Transaction& transaction = transactions.emplace_back(random_transaction(generator, i));
        if (transaction.type == TransactionType::SetCode)
            transaction.authorization_list.push_back(signed_authorization(signer, i));
        transaction.signature = signer.sign(signing_payload(transaction));
        if (i % 17 == 0) transaction.signature.r = transaction.signature.r + Uint256{1};
        if (i % 19 == 0) {
            transaction.signature.s = kOrder - transaction.signature.s;
            transaction.signature.y_parity ^= 1;
        }
    }
    std::vector<SenderResult> expected(transactions.size());
    std::vector<Transaction> plain = transactions;
    recover_senders(plain, expected);

    // The keys come from a run without claims.
    const std::vector<SenderClaim> no_claims(transactions.size());
    std::vector<simd::PublicKey> learned(transactions.size());
    std::vector<SenderResult> results(transactions.size());
    verify_senders(transactions, no_claims, learned, results);
    std::vector<const simd::PublicKey*> key_of(signers.size(), nullptr);
    for (size_t i = 0; i < transactions.size(); ++i) {
        ASSERT_EQ(results[i].status, expected[i].status) << i;
        ASSERT_EQ(results[i].sender, expected[i].sender) << i;
        if (results[i].sender == signers[signed_by[i]].address())
            key_of[signed_by[i]] = &learned[i];
    }

    for (const uint64_t wrong_in : {1'000'000U, 50U, 3U, 1U}) {
        std::vector<SenderClaim> claims(transactions.size());
        for (size_t i = 0; i < claims.size(); ++i) {
            if (i % 5 == 0) continue;
            const bool wrong = generator() % wrong_in == 0;
            const size_t claimed = (signed_by[i] + (wrong ? 1 : 0)) % signers.size();
            ASSERT_NE(key_of[claimed], nullptr);
            claims[i] = {.key = key_of[claimed],
                         .address = signers[claimed].address(),
                         .source = static_cast<uint32_t>(i % 3)};
        }
        std::vector<simd::PublicKey> keys(transactions.size());
        for (Transaction& transaction : transactions)
            for (Authorization& authorization : transaction.authorization_list)
                authorization.authority.reset();
        results.assign(transactions.size(), {});
        verify_senders(transactions, claims, keys, results);
        for (size_t i = 0; i < transactions.size(); ++i) {
            ASSERT_EQ(results[i].status, expected[i].status) << i << ' ' << wrong_in;
            ASSERT_EQ(results[i].sender, expected[i].sender) << i << ' ' << wrong_in;
            if (expected[i].status != SenderStatus::InvalidSignature) {
                ASSERT_EQ(keys[i], learned[i]) << i;
            }
            for (size_t n = 0; n < transactions[i].authorization_list.size(); ++n)
                ASSERT_EQ(transactions[i].authorization_list[n].authority,
                          plain[i].authorization_list[n].authority);
        }
    }
}

TEST(Sender, MarksHighS) {
    auto generator = test::test_generator(3);
    const Signer signer(generator);
    Transaction transaction = random_transaction(generator, 4);
    transaction.authorization_list.push_back(signed_authorization(signer, 0));
    transaction.signature = signer.sign(signing_payload(transaction));
    // The mirrored signature is as valid to ECDSA.
    transaction.signature.s = kOrder - transaction.signature.s;
    transaction.signature.y_parity ^= 1;
    Authorization& authorization = transaction.authorization_list[0];
    authorization.s = kOrder - authorization.s;
    authorization.y_parity = authorization.y_parity ^ Uint256 { 1 };

    SenderResult result;
    authorization.authority = Address{};  // must be taken away
    recover_senders({&transaction, 1}, {&result, 1});
    EXPECT_EQ(authorization.authority, std::nullopt);
    // The authorization is part of what the transaction signs, so that only this one still holds.
    Transaction plain = random_transaction(generator, 2);
    plain.signature = signer.sign(signing_payload(plain));
    plain.signature.s = kOrder - plain.signature.s;
    plain.signature.y_parity ^= 1;
    recover_senders({&plain, 1}, {&result, 1});
    EXPECT_EQ(result.status, SenderStatus::HighS);
    EXPECT_EQ(result.sender, signer.address());
}

TEST(Sender, RefusesSignaturesOutOfRange) {
    auto generator = test::test_generator(4);
    const Signer signer(generator);
    Transaction good = random_transaction(generator, 2);
    good.signature = signer.sign(signing_payload(good));
    std::vector<Transaction> bad(6, good);
    bad[0].signature.r = 0;
    bad[1].signature.s = 0;
    bad[2].signature.r = kOrder;
    bad[3].signature.s = ~Uint256{};
    bad[4].signature.y_parity = 2;
    bad[5].signature.y_parity = 255;
    bad.push_back(good);
    std::vector<SenderResult> senders(bad.size(), {SenderStatus::Ok, Address{{1}}});
    recover_senders(bad, senders);
    for (size_t i = 0; i + 1 < bad.size(); ++i)
        EXPECT_EQ(senders[i].status, SenderStatus::InvalidSignature) << i;
    EXPECT_EQ(senders.back().status, SenderStatus::Ok);
    EXPECT_EQ(senders.back().sender, signer.address());
}

TEST(Sender, SkipsAuthoritiesOutOfRange) {
    auto generator = test::test_generator(5);
    const Signer signer(generator);
    Transaction transaction = random_transaction(generator, 4);
    const Authorization good = signed_authorization(signer, 9);
    transaction.authorization_list.assign(5, good);
    transaction.authorization_list[0].y_parity = 2;
    transaction.authorization_list[1].y_parity = ~Uint256{};
    transaction.authorization_list[2].r = 0;
    transaction.authorization_list[3].s = kOrder;
    transaction.signature = signer.sign(signing_payload(transaction));
    SenderResult result;
    recover_senders({&transaction, 1}, {&result, 1});
    for (size_t i = 0; i < 4; ++i)
        EXPECT_EQ(transaction.authorization_list[i].authority, std::nullopt) << i;
    EXPECT_EQ(transaction.authorization_list[4].authority, signer.address());
    recover_senders({}, {});
}

}  // namespace
}  // namespace switchyard
