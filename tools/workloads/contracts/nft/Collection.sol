// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

interface IErc721Receiver {
    function onERC721Received(address operator, address from, uint256 id, bytes calldata data)
        external
        returns (bytes4);
}

/// EIP-721 with a public mint at a price and royalties (EIP-2981), which go to who made the collection.
contract Collection is Owned {
    uint256 private constant UNIT = 10_000;

    string public name;
    uint256 public immutable price;
    uint256 public immutable supplyMax;
    uint16 public immutable royalty; // of 10,000
    address public immutable creator;

    uint256 public totalSupply;
    mapping(uint256 => address) private _owners;
    mapping(address => uint256) public balanceOf;
    mapping(uint256 => address) public getApproved;
    mapping(address => mapping(address => bool)) public isApprovedForAll;
    mapping(uint256 => uint256) public traits;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
    event Approval(address indexed owner, address indexed approved, uint256 indexed id);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    error WrongPrice(uint256 paid, uint256 wanted);
    error SoldOut();
    error NoSuchToken(uint256 id);
    error NotAuthorized(address caller, uint256 id);
    error WrongOwner(address owner, uint256 id);
    error InvalidRecipient();
    error PaymentFailed();

    constructor(string memory name_, uint256 price_, uint256 supplyMax_, uint16 royalty_, address creator_) {
        name = name_;
        price = price_;
        supplyMax = supplyMax_;
        royalty = royalty_;
        creator = creator_;
    }

    function mint(uint256 count) external payable returns (uint256 first) {
        if (msg.value != price * count) revert WrongPrice(msg.value, price * count);
        first = totalSupply + 1;
        if (totalSupply + count > supplyMax) revert SoldOut();
        totalSupply += count;
        balanceOf[msg.sender] += count;
        for (uint256 id = first; id < first + count; ++id) {
            _owners[id] = msg.sender;
            traits[id] = uint256(keccak256(abi.encode(block.prevrandao, address(this), id)));
            emit Transfer(address(0), msg.sender, id);
        }
        _requireReceiver(address(0), msg.sender, first, "");
    }

    function withdraw() external onlyOwner {
        (bool ok,) = creator.call{value: address(this).balance}("");
        if (!ok) revert PaymentFailed();
    }

    function ownerOf(uint256 id) public view returns (address holder) {
        holder = _owners[id];
        if (holder == address(0)) revert NoSuchToken(id);
    }

    /// EIP-2981.
    function royaltyInfo(uint256, uint256 salePrice) external view returns (address, uint256) {
        return (creator, salePrice * royalty / UNIT);
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x80ac58cd || id == 0x2a55205a; // EIP-165, 721, 2981
    }

    function approve(address to, uint256 id) external {
        address holder = ownerOf(id);
        if (msg.sender != holder && !isApprovedForAll[holder][msg.sender]) revert NotAuthorized(msg.sender, id);
        getApproved[id] = to;
        emit Approval(holder, to, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function transferFrom(address from, address to, uint256 id) public {
        if (ownerOf(id) != from) revert WrongOwner(from, id);
        if (to == address(0)) revert InvalidRecipient();
        if (msg.sender != from && getApproved[id] != msg.sender && !isApprovedForAll[from][msg.sender])
            revert NotAuthorized(msg.sender, id);
        delete getApproved[id];
        --balanceOf[from];
        ++balanceOf[to];
        _owners[id] = to;
        emit Transfer(from, to, id);
    }

    function safeTransferFrom(address from, address to, uint256 id) external {
        transferFrom(from, to, id);
        _requireReceiver(from, to, id, "");
    }

    function safeTransferFrom(address from, address to, uint256 id, bytes calldata data) external {
        transferFrom(from, to, id);
        _requireReceiver(from, to, id, data);
    }

    function _requireReceiver(address from, address to, uint256 id, bytes memory data) private {
        if (to.code.length == 0) return;
        if (IErc721Receiver(to).onERC721Received(msg.sender, from, id, data) != IErc721Receiver.onERC721Received.selector)
            revert InvalidRecipient();
    }
}
