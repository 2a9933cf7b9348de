// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/sidecar_file.hpp"

#include <algorithm>
#include <string_view>

#include "host/core/checksum/crc32c.hpp"
#include "host/core/hex.hpp"
#include "host/state/journal/little_endian.hpp"
#include "host/state/journal/posix_folder.hpp"

namespace switchyard::blobs {
namespace {

using precompiles::kBlobBytes;
using precompiles::kKzgBytes;

constexpr std::string_view kMagic = "SYBLOBS1";
constexpr size_t kHeaderBytes = 24;
constexpr size_t kChecksumAt = 20;
/// More than any block carries.
constexpr size_t kBlobsMax = 255;

const std::string kUnfinished = "unfinished";

size_t content_bytes(SidecarVersion version, size_t blobs) {
    return kHeaderBytes + blobs * (kBlobBytes + kKzgBytes * (1 + proofs_per_blob(version)));
}

uint32_t checksum_of(BytesView content) {
    return crc32c(content.subspan(kHeaderBytes), crc32c(content.first(kChecksumAt)));
}

/// Hexadecimal digits alone.
std::string name_of(const Bytes32& transaction) {
    return to_hex(transaction).substr(2);
}

Result<Bytes> read_whole(journal::Folder& folder, const std::string& name) {
    const auto file = folder.open(name);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    if (*size > content_bytes(SidecarVersion::CellProofs, kBlobsMax))
        return Error{ErrorCode::Corrupt, folder.path_of(name) + ": too large for a sidecar"};
    Bytes out(*size);
    if (const auto read = (*file)->read(0, out); !read) return read.error();
    return out;
}

}  // namespace

Bytes encode_sidecar_file(const BlobSidecar& sidecar) {
    Bytes out(kHeaderBytes);
    std::ranges::copy(kMagic, out.begin());
    out[kMagic.size()] = static_cast<uint8_t>(sidecar.version);
    out[kMagic.size() + 1] = static_cast<uint8_t>(sidecar.blob_count());
    out.reserve(kHeaderBytes + sidecar.bytes());
    for (const Bytes* part : {&sidecar.commitments, &sidecar.proofs, &sidecar.blobs})
        out.insert(out.end(), part->begin(), part->end());
    journal::store_le(out.data() + kChecksumAt, checksum_of(out));
    return out;
}

Result<BlobSidecar> decode_sidecar_file(BytesView content) {
    const auto corrupt = [](const char* what) { return Error{ErrorCode::Corrupt, what}; };
    if (content.size() < kHeaderBytes) return corrupt("shorter than its header");
    if (!std::ranges::equal(content.first(kMagic.size()), kMagic)) return corrupt("not a sidecar");
    const uint8_t version = content[kMagic.size()];
    const size_t blobs = content[kMagic.size() + 1];
    if (version > static_cast<uint8_t>(SidecarVersion::CellProofs))
        return corrupt("of an unknown version");
    BlobSidecar out;
    out.version = static_cast<SidecarVersion>(version);
    if (content.size() != content_bytes(out.version, blobs)) return corrupt("of another length");
    if (journal::load_le<uint32_t>(content.data() + kChecksumAt) != checksum_of(content))
        return corrupt("its checksum does not hold");
    BytesView rest = content.subspan(kHeaderBytes);
    const auto take = [&rest](size_t size) {
        const BytesView part = rest.first(size);
        rest = rest.subspan(size);
        return Bytes(part.begin(), part.end());
    };
    out.commitments = take(blobs * kKzgBytes);
    out.proofs = take(blobs * kKzgBytes * proofs_per_blob(out.version));
    out.blobs = take(blobs * kBlobBytes);
    return out;
}

Result<std::unique_ptr<SidecarFiles>> SidecarFiles::open(const std::filesystem::path& path,
                                                         bool sync,
                                                         std::vector<FiledSidecar>& found) {
    auto folder = journal::open_posix_folder(path);
    if (!folder) return folder.error();
    auto names = (*folder)->list();
    if (!names) return names.error();
    auto out = std::unique_ptr<SidecarFiles>(new SidecarFiles(std::move(*folder), sync));
    // The order of a folder's names is the file system's.
    std::ranges::sort(*names);
    for (const std::string& name : *names) {
        if (name == kUnfinished) {
            if (auto removed = out->folder_->remove(name); !removed) return removed.error();
            continue;
        }
        const auto transaction = fixed_from_hex<32>(name);
        if (!transaction || name_of(*transaction) != name) continue;  // not ours
        auto content = read_whole(*out->folder_, name);
        if (!content && content.error().code != ErrorCode::Corrupt) return content.error();
        auto sidecar =
            content ? decode_sidecar_file(*content) : Result<BlobSidecar>(content.error());
        if (sidecar) {
            found.push_back(
                {*transaction, std::make_shared<const BlobSidecar>(*std::move(sidecar))});
            continue;
        }
        ++out->damaged_;
        if (auto removed = out->folder_->remove(name); !removed) return removed.error();
    }
    return out;
}

Result<void> SidecarFiles::write(const Bytes32& transaction, const BlobSidecar& sidecar) {
    const Bytes content = encode_sidecar_file(sidecar);
    {
        const auto file = folder_->create(kUnfinished);
        if (!file) return file.error();
        if (auto done = (*file)->write(0, content); !done) return done;
        if (sync_)
            if (auto done = (*file)->sync(); !done) return done;
    }
    if (auto done = folder_->rename(kUnfinished, name_of(transaction)); !done) return done;
    return sync_ ? folder_->sync() : Result<void>();
}

Result<void> SidecarFiles::remove(const Bytes32& transaction) {
    auto removed = folder_->remove(name_of(transaction));
    if (!removed && removed.error().code == ErrorCode::NotFound) return {};
    return removed;
}

}  // namespace switchyard::blobs
