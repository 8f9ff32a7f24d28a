package app;

public interface Hello {
    String brief(String name);
}
