// Outputs of operations in graphs, named "operation:0", or "operation" for the first one.
#pragma once

#include <string>

#include "tensorflow.h"

namespace accord {

// Throws, with `what` in front, where the graph has no such output.
TF_Output findEndpoint(TF_Graph* graph, const std::string& name, const std::string& what);

}  // namespace accord
