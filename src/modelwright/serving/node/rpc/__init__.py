"""Open Inference Protocol v2 over gRPC; needs the extra `grpc`."""
