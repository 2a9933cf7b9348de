// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// Identities that their holders control (in the manner of ERC-1056): an owner for each identity, delegates and
/// attributes that expire, each change pointing to the block of the one before so that a resolver can walk back.
/// Transactions may be sent by somebody else, signed by the owner.
contract IdentityRegistry {
    mapping(address => address) private _owners;
    mapping(address => mapping(bytes32 => mapping(address => uint256))) public delegates; // until when
    mapping(address => mapping(bytes32 => bytes32)) public attributes;
    mapping(address => uint256) public changed; // block of the last change
    mapping(address => uint256) public nonce; // of signed changes

    event OwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DelegateChanged(
        address indexed identity, bytes32 kind, address delegate, uint256 validTo, uint256 previousChange
    );
    event AttributeChanged(address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange);

    error NotOwner(address identity, address caller);
    error InvalidSignature();

    modifier onlyOwnerOf(address identity) {
        if (ownerOf(identity) != msg.sender) revert NotOwner(identity, msg.sender);
        _;
    }

    /// An identity owns itself until it says otherwise.
    function ownerOf(address identity) public view returns (address) {
        address owner = _owners[identity];
        return owner == address(0) ? identity : owner;
    }

    function validDelegate(address identity, bytes32 kind, address delegate) external view returns (bool) {
        return delegates[identity][kind][delegate] > block.timestamp;
    }

    function changeOwner(address identity, address owner) external onlyOwnerOf(identity) {
        _changeOwner(identity, owner);
    }

    /// On behalf of the owner, who signed the change (v, r, s over the hash below).
    function changeOwnerSigned(address identity, address owner, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 digest = changeDigest(identity, owner);
        address signer = ecrecover(digest, v, r, s);
        if (signer == address(0) || signer != ownerOf(identity)) revert InvalidSignature();
        ++nonce[signer];
        _changeOwner(identity, owner);
    }

    /// EIP-191, version 0.
    function changeDigest(address identity, address owner) public view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                bytes1(0x19), bytes1(0), address(this), nonce[ownerOf(identity)], identity, "changeOwner", owner
            )
        );
    }

    function addDelegate(address identity, bytes32 kind, address delegate, uint256 validity)
        external
        onlyOwnerOf(identity)
    {
        delegates[identity][kind][delegate] = block.timestamp + validity;
        emit DelegateChanged(identity, kind, delegate, block.timestamp + validity, _change(identity));
    }

    function revokeDelegate(address identity, bytes32 kind, address delegate) external onlyOwnerOf(identity) {
        delegates[identity][kind][delegate] = block.timestamp;
        emit DelegateChanged(identity, kind, delegate, block.timestamp, _change(identity));
    }

    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity)
        external
        onlyOwnerOf(identity)
    {
        attributes[identity][name] = keccak256(value);
        emit AttributeChanged(identity, name, value, block.timestamp + validity, _change(identity));
    }

    function _changeOwner(address identity, address owner) private {
        _owners[identity] = owner;
        emit OwnerChanged(identity, owner, _change(identity));
    }

    function _change(address identity) private returns (uint256 previous) {
        previous = changed[identity];
        changed[identity] = block.number;
    }
}
