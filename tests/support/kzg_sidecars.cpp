// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kzg_sidecars.hpp"

#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

using blobs::SidecarVersion;

Bytes bytes_of(std::string_view text) {
    auto out = from_hex(text);
    if (!out) throw std::runtime_error("no hexadecimal text in a vector");
    return *std::move(out);
}

/// A blob stands in the file itself, or in one of its own after an '@'.
Bytes load_blob(const std::filesystem::path& root, const std::string& text) {
    if (!text.starts_with('@')) return bytes_of(text);
    std::ifstream file(root / text.substr(1));
    std::string content;
    file >> content;
    return bytes_of(content);
}

}  // namespace

std::vector<ProvenBlob> load_proven_blobs(const std::filesystem::path& suite) {
    std::map<std::string, ProvenBlob> found;
    simdjson::dom::parser parser;
    const simdjson::dom::object proofs =
        parser.load((suite / "compute_blob_kzg_proof.json").string()).get_object();
    for (const auto& [name, item] : proofs) {
        std::string_view proof;
        if (item["output"].get(proof) != simdjson::SUCCESS) continue;
        ProvenBlob& blob = found[std::string(std::string_view{item["input"]["blob"]})];
        blob.commitment = bytes_of(std::string_view{item["input"]["commitment"]});
        blob.blob_proof = bytes_of(proof);
    }
    const simdjson::dom::object commitments =
        parser.load((suite / "blob_to_kzg_commitment.json").string()).get_object();
    for (const auto& [name, item] : commitments) {
        std::string_view commitment;
        if (item["output"].get(commitment) != simdjson::SUCCESS) continue;
        found[std::string(std::string_view{item["input"]["blob"]})].commitment =
            bytes_of(commitment);
    }
    const simdjson::dom::object cells =
        parser.load((suite / "compute_cells_and_kzg_proofs.json").string()).get_object();
    for (const auto& [name, item] : cells) {
        simdjson::dom::array output;
        if (item["output"].get(output) != simdjson::SUCCESS) continue;
        ProvenBlob& blob = found[std::string(std::string_view{item["input"]["blob"]})];
        blob.cell_proofs.clear();
        for (const std::string_view text : output.at(1).get_array()) {
            const Bytes proof = bytes_of(text);
            blob.cell_proofs.insert(blob.cell_proofs.end(), proof.begin(), proof.end());
        }
    }
    std::vector<ProvenBlob> out;
    for (auto& [name, blob] : found) {
        if (blob.commitment.empty()) continue;
        blob.blob = load_blob(suite, name);
        out.push_back(std::move(blob));
    }
    return out;
}

std::vector<ProvenBlob> proven_by(std::span<const ProvenBlob> blobs, SidecarVersion version) {
    std::vector<ProvenBlob> out;
    std::ranges::copy_if(blobs, std::back_inserter(out), [version](const ProvenBlob& blob) {
        return !(version == SidecarVersion::CellProofs ? blob.cell_proofs : blob.blob_proof)
                    .empty();
    });
    return out;
}

blobs::BlobSidecar sidecar_of(std::span<const ProvenBlob> blobs, SidecarVersion version) {
    blobs::BlobSidecar out;
    out.version = version;
    const auto append = [](Bytes& to, const Bytes& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    for (const ProvenBlob& blob : blobs) {
        append(out.blobs, blob.blob);
        append(out.commitments, blob.commitment);
        append(out.proofs,
               version == SidecarVersion::CellProofs ? blob.cell_proofs : blob.blob_proof);
    }
    return out;
}

std::vector<Bytes32> versioned_hashes_of(const blobs::BlobSidecar& sidecar) {
    std::vector<Bytes32> out;
    for (size_t i = 0; i < sidecar.commitment_count(); ++i)
        out.push_back(precompiles::versioned_hash_of(sidecar.commitment(i)));
    return out;
}

blobs::BlobSidecar unproven_sidecar(uint64_t salt, size_t count, SidecarVersion version) {
    auto random = test_generator(salt);
    const auto fill = [&random](Bytes& out, size_t size) {
        out.resize(size);
        for (uint8_t& byte : out)
            byte = static_cast<uint8_t>(random());
    };
    blobs::BlobSidecar out;
    out.version = version;
    fill(out.blobs, count * precompiles::kBlobBytes);
    fill(out.commitments, count * precompiles::kKzgBytes);
    fill(out.proofs, count * precompiles::kKzgBytes * blobs::proofs_per_blob(version));
    return out;
}

}  // namespace switchyard::test
