#include "loader.h"

int in_device(uint32_t address, uint32_t size) {
    uint32_t offset = address - StorageInfo.start;
    return offset < StorageInfo.size && size <= StorageInfo.size - offset;
}
