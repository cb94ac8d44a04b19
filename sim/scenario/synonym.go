package scenario

// synonyms are other names of keys: abbreviations of the field, and those of
// Megatron-LM, DeepSpeed and Hugging Face.
var synonyms = map[string]string{
	"tp": "tensor", "tensor_parallel": "tensor", "tensor_parallel_size": "tensor", "tensor_model_parallel_size": "tensor",
	"pp": "pipeline", "pipeline_parallel": "pipeline", "pipeline_parallel_size": "pipeline", "pipeline_model_parallel_size": "pipeline",
	"vp": "virtual_pipeline", "vpp": "virtual_pipeline", "dp": "data", "data_parallel": "data", "data_parallel_size": "data", "sp": "sequence_parallel",
	"mbs": "micro_batch", "micro_batch_size": "micro_batch", "train_micro_batch_size_per_gpu": "micro_batch",
	"gbs": "global_batch", "global_batch_size": "global_batch", "train_batch_size": "global_batch",
	"zero_stage": "zero", "fsdp": "zero", "dtype": "precision", "recomputation": "recompute", "activation_checkpointing": "recompute",
	"cp": "context", "context_parallel": "context", "context_parallel_size": "context", "cp_comm_type": "context_comm",
	"num_layers": "layers", "num_hidden_layers": "layers", "hidden_size": "hidden", "d_model": "hidden",
	"num_attention_heads": "heads", "num_heads": "heads", "num_query_groups": "kv_heads", "num_key_value_heads": "kv_heads",
	"ep": "expert", "expert_parallel": "expert", "expert_parallel_size": "expert", "expert_model_parallel_size": "expert",
	"num_experts": "experts", "num_local_experts": "experts", "n_routed_experts": "experts", "moe_router_topk": "top_k", "router_topk": "top_k", "num_experts_per_tok": "top_k",
	"moe_ffn_hidden_size": "moe_ffn", "moe_intermediate_size": "moe_ffn", "moe_shared_expert_intermediate_size": "shared_ffn", "first_k_dense_replace": "dense_layers",
	"ffn_hidden_size": "ffn", "intermediate_size": "ffn", "vocab_size": "vocab",
	"seq": "seq_len", "seq_length": "seq_len", "seqlen": "seq_len", "sequence_length": "seq_len", "max_position_embeddings": "seq_len",
}
